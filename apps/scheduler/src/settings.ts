import { readFileSync } from 'node:fs';
import {
  parseDatabaseUrl,
  parseInteger,
  parseShards,
  readSetting,
  SettingsError,
  type Environment,
  type ShardSettings,
} from '@ovis/foundation';
import { parseObjectStoreSettings, type ObjectStoreSettings } from '@ovis/object-store';
import { LOG_LEVELS, type LogLevel } from './log-level.ts';
import type { RunLogRetention } from '@ovis/orchestrator';
import { retainedTables, type RetentionSettings } from '@ovis/pipeline';

/** What commands need that work on the warehouse alone. */
export interface WarehouseSettings {
  readonly databaseUrl: string;
  /** Folder of the dbt project. */
  readonly modelsDirectory: string;
  /** How long raw rows are kept. */
  readonly retention: RetentionSettings;
  /** How long the run log is kept. */
  readonly runLogRetention: RunLogRetention;
}

/** All settings of the scheduler, read once at its start. */
export interface SchedulerSettings extends WarehouseSettings {
  /** Empty when the API is not set: its assets are skipped. */
  readonly shards: readonly ShardSettings[];
  readonly maxRequestsPerShard: number;
  /** Null when the battery database is not set: its assets are skipped. */
  readonly batteryDatabaseUrl: string | null;
  readonly batteryOverlapMinutes: number;
  readonly batteryRecountDays: number;
  /** Null when the object store is not set: its assets are skipped. */
  readonly objectStore: ObjectStoreSettings | null;
  /** Refused lines of a folder of evaluation results that are tolerated, in per cent. */
  readonly refusedLinesPercent: number;
  /** Days before the one of a run whose aggregates are asked for again. */
  readonly aggregateLateDays: number;
  /** IANA name; the zone in which the schedules are read. */
  readonly timeZone: string;
  readonly logLevel: LogLevel;
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
  BATTERY_DATABASE_URL          the battery database, read only; unset: its assets are skipped
  OVIS_BATTERY_OVERLAP_MINUTES  longest transaction of the battery database that is waited for, 0 to 1440 (60)
  OVIS_BATTERY_RECOUNT_DAYS     days whose rows are counted again at each run, 0 to 366 (14)
  S3_ENDPOINT, S3_REGION, S3_BUCKET
                                the object store (-, us-east-1, battery-eval-results); unset: its assets are skipped
  S3_ACCESS_KEY, S3_SECRET_KEY  login of the object store
  OVIS_REFUSED_LINES_PERCENT    lines of a folder that may be malformed before it is not published, 0 to 100 (1)
  OVIS_AGGREGATE_LATE_DAYS      days whose aggregates are asked for again, as devices report late, 0 to 30 (2)
  OVIS_RAW_RETENTION_MONTHS     whole months before the present one whose raw rows are kept, 1 to 1200; 0: all (0)
  OVIS_RAW_RETENTION_MONTHS_<TABLE>
                                the same for one table, such as …_DAILY_AGGREGATES
  OVIS_RUN_RETENTION_DAYS       days that runs and materializations are kept, 30 to 3660 (400)
  OVIS_TASK_RETENTION_DAYS      days that tasks, events and quarantined rows are kept, 7 to 3660 (30)
  SCHEDULE_TIME_ZONE            zone of the schedules, such as Europe/Berlin (UTC)
  LOG_LEVEL                     trace, debug, info, warn, error, fatal or silent (info)
  OVIS_MODELS_DIRECTORY         folder of the dbt project (the one that this version brings)
  Secrets can also be mounted: the same name with _FILE names a file that holds the value.`;

/**
 * @param modelsDirectory where the dbt project of this version lies.
 * @throws SettingsError naming the variable.
 */
export function parseSchedulerSettings(env: Environment, modelsDirectory: string): SchedulerSettings {
  const readFile = (path: string): string => readFileSync(path, 'utf8');
  const settings: SchedulerSettings = {
    ...parseWarehouseSettings(env, modelsDirectory),
    shards: parseShards(env, readFile),
    maxRequestsPerShard: parseInteger(env, 'OVIS_MAX_REQUESTS_PER_SHARD', { min: 1, max: 64, default: 8 }),
    batteryDatabaseUrl:
      readSetting(env, 'BATTERY_DATABASE_URL', readFile) === undefined
        ? null
        : parseDatabaseUrl(env, readFile, 'BATTERY_DATABASE_URL'),
    batteryOverlapMinutes: parseInteger(env, 'OVIS_BATTERY_OVERLAP_MINUTES', { min: 0, max: 1440, default: 60 }),
    batteryRecountDays: parseInteger(env, 'OVIS_BATTERY_RECOUNT_DAYS', { min: 0, max: 366, default: 14 }),
    objectStore: parseObjectStoreSettings(env, readFile),
    refusedLinesPercent: parseInteger(env, 'OVIS_REFUSED_LINES_PERCENT', { min: 0, max: 100, default: 1 }),
    aggregateLateDays: parseInteger(env, 'OVIS_AGGREGATE_LATE_DAYS', { min: 0, max: 30, default: 2 }),
    timeZone: env['SCHEDULE_TIME_ZONE'] || 'UTC',
    logLevel: parseLogLevel(env),
  };
  checkRetention(settings);
  return settings;
}

/**
 * @param modelsDirectory where the dbt project of this version lies.
 * @throws SettingsError naming the variable.
 */
export function parseWarehouseSettings(env: Environment, modelsDirectory: string): WarehouseSettings {
  return {
    databaseUrl: parseDatabaseUrl(env, (path) => readFileSync(path, 'utf8')),
    modelsDirectory: env['OVIS_MODELS_DIRECTORY'] || modelsDirectory,
    retention: parseRetention(env),
    runLogRetention: {
      runs: parseInteger(env, 'OVIS_RUN_RETENTION_DAYS', { min: 30, max: 3660, default: 400 }),
      details: parseInteger(env, 'OVIS_TASK_RETENTION_DAYS', { min: 7, max: 3660, default: 30 }),
    },
  };
}

function parseLogLevel(env: Environment): LogLevel {
  const given = env['LOG_LEVEL'] || 'info';
  const level = LOG_LEVELS.find((known) => known === given);
  if (level === undefined) throw new SettingsError('LOG_LEVEL', `is none of ${LOG_LEVELS.join(', ')}`);
  return level;
}

const RETENTION = 'OVIS_RAW_RETENTION_MONTHS';
const SHORTEST_MONTH_DAYS = 28;

/** What is dropped must not be asked for again: it would come back, and be dropped, with every run. */
function checkRetention({ retention, batteryRecountDays, aggregateLateDays }: SchedulerSettings): void {
  const askedAgain = [
    ['battery_measurements', 'OVIS_BATTERY_RECOUNT_DAYS', batteryRecountDays],
    ['battery_replacements', 'OVIS_BATTERY_RECOUNT_DAYS', batteryRecountDays],
    ['daily_aggregates', 'OVIS_AGGREGATE_LATE_DAYS', aggregateLateDays],
  ] as const;
  for (const [table, variable, days] of askedAgain) {
    const months = Object.hasOwn(retention.monthsByTable, table) ? retention.monthsByTable[table] : retention.months;
    if (typeof months !== 'number' || months * SHORTEST_MONTH_DAYS >= days) continue;
    throw new SettingsError(
      variable,
      `is ${String(days)}, but only ${String(months)} months of raw.${table} are kept; lower it, or raise ${RETENTION}`,
    );
  }
}

function parseRetention(env: Environment): RetentionSettings {
  const months = (name: string): number | null => parseInteger(env, name, { min: 0, max: 1200, default: 0 }) || null;
  const byVariable = new Map(retainedTables.map((table) => [`${RETENTION}_${table.toUpperCase()}`, table]));
  const monthsByTable: Record<string, number | null> = {};
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith(`${RETENTION}_`) || !value) continue;
    const table = byVariable.get(name);
    // A misspelt one would let rows be kept, or dropped, against its meaning.
    if (table === undefined) {
      throw new SettingsError(name, `names no raw table; the names are ${[...byVariable.keys()].join(', ')}`);
    }
    monthsByTable[table] = months(name);
  }
  return { months: months(RETENTION), monthsByTable };
}
