import { parseInteger, SettingsError, type Environment } from '@ovis/foundation';
import { DEAD_AFTER_MS, DEFAULT_STEP_DEADLINE_MS } from '@ovis/orchestrator';
import { parsePlatformSettings, type PlatformSettings } from '@ovis/pipeline';
import { HTTP_SETTINGS_HELP } from './http/settings.ts';
import { LOG_LEVELS, type LogLevel } from './log-level.ts';

export { parseWarehouseSettings, type WarehouseSettings } from '@ovis/pipeline';

/** All settings of the scheduler, read once at its start. */
export interface SchedulerSettings extends PlatformSettings {
  readonly logLevel: LogLevel;
  /** Milliseconds without a sign of life after which this process counts as dead. */
  readonly deadAfterMs: number;
  /** Milliseconds that the step of an asset may take, unless the asset says itself. */
  readonly stepDeadlineMs: number;
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
  OVIS_DEAD_AFTER_SECONDS       seconds without a sign of life after which others take this process's work over, 3 to 60 (8)
  OVIS_STEP_DEADLINE_MINUTES    minutes that the step of an asset may take, 1 to 1440, unless the asset says itself (240)
  LOG_LEVEL                     trace, debug, info, warn, error, fatal or silent (info)
  OVIS_MODELS_DIRECTORY         folder of the dbt project (the one that this version brings)
${HTTP_SETTINGS_HELP}
  Secrets can also be mounted: the same name with _FILE names a file that holds the value.`;

/**
 * @param modelsDirectory where the dbt project of this version lies.
 * @throws SettingsError naming the variable.
 */
export function parseSchedulerSettings(env: Environment, modelsDirectory: string): SchedulerSettings {
  const minutes = parseInteger(env, 'OVIS_STEP_DEADLINE_MINUTES', {
    min: 1,
    max: 1440,
    default: DEFAULT_STEP_DEADLINE_MS / 60_000,
  });
  return {
    ...parsePlatformSettings(env, modelsDirectory),
    logLevel: parseLogLevel(env),
    stepDeadlineMs: minutes * 60_000,
    deadAfterMs:
      1_000 * parseInteger(env, 'OVIS_DEAD_AFTER_SECONDS', { min: 3, max: 60, default: DEAD_AFTER_MS / 1_000 }),
  };
}

function parseLogLevel(env: Environment): LogLevel {
  const given = env['LOG_LEVEL'] || 'info';
  const level = LOG_LEVELS.find((known) => known === given);
  if (level === undefined) throw new SettingsError('LOG_LEVEL', `is none of ${LOG_LEVELS.join(', ')}`);
  return level;
}
