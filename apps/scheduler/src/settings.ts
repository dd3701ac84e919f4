import { readFileSync } from 'node:fs';
import { parseDatabaseUrl, parseInteger, parseShards, type Environment, type ShardSettings } from '@ovis/foundation';

/** All settings of the scheduler, read once at its start. */
export interface SchedulerSettings {
  readonly databaseUrl: string;
  /** Empty when the API is not set: its assets are skipped. */
  readonly shards: readonly ShardSettings[];
  readonly maxRequestsPerShard: number;
  /** Days before the one of a run whose aggregates are asked for again. */
  readonly aggregateLateDays: number;
  /** IANA name; the zone in which the schedules are read. */
  readonly timeZone: string;
  /** Folder of the dbt project. */
  readonly modelsDirectory: string;
}

/** The variables, for `--help`. */
export const SETTINGS_HELP = `
Settings (environment):
  DATABASE_URL                  the warehouse, postgres://user:password@host:5432/database
  OVIS_SHARDS                   comma-separated base URLs of the API's shards; unset: its assets are skipped
  OVIS_USERNAME, OVIS_PASSWORD  login of all shards
  OVIS_SHARD_<n>_USERNAME, …_PASSWORD
                                login of one shard, n from 1
  OVIS_MAX_REQUESTS_PER_SHARD   concurrent requests a shard, 1 to 64 (8)
  OVIS_AGGREGATE_LATE_DAYS      days whose aggregates are asked for again, as devices report late, 0 to 30 (2)
  SCHEDULE_TIME_ZONE            zone of the schedules, such as Europe/Berlin (UTC)
  OVIS_MODELS_DIRECTORY         folder of the dbt project (the one that this version brings)
  Secrets can also be mounted: the same name with _FILE names a file that holds the value.`;

/**
 * @param modelsDirectory where the dbt project of this version lies.
 * @throws SettingsError naming the variable.
 */
export function parseSchedulerSettings(env: Environment, modelsDirectory: string): SchedulerSettings {
  const readFile = (path: string): string => readFileSync(path, 'utf8');
  return {
    databaseUrl: parseDatabaseUrl(env, readFile),
    shards: parseShards(env, readFile),
    maxRequestsPerShard: parseInteger(env, 'OVIS_MAX_REQUESTS_PER_SHARD', { min: 1, max: 64, default: 8 }),
    aggregateLateDays: parseInteger(env, 'OVIS_AGGREGATE_LATE_DAYS', { min: 0, max: 30, default: 2 }),
    timeZone: env['SCHEDULE_TIME_ZONE'] || 'UTC',
    modelsDirectory: env['OVIS_MODELS_DIRECTORY'] || modelsDirectory,
  };
}
