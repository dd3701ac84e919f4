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
import type { RunLogRetention } from '@ovis/orchestrator';
import { retainedTables, type RetentionSettings } from '../data-protection/retention.ts';

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

/** What leads to the warehouse and the sources, read once at a program's start. */
export interface PlatformSettings extends WarehouseSettings {
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
}

/**
 * @param modelsDirectory where the dbt project of this version lies.
 * @throws SettingsError naming the variable.
 */
export function parsePlatformSettings(env: Environment, modelsDirectory: string): PlatformSettings {
  const readFile = (path: string): string => readFileSync(path, 'utf8');
  const settings: PlatformSettings = {
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

const RETENTION = 'OVIS_RAW_RETENTION_MONTHS';
const SHORTEST_MONTH_DAYS = 28;

/** What is dropped must not be asked for again: it would come back, and be dropped, with every run. */
function checkRetention({ retention, batteryRecountDays, aggregateLateDays }: PlatformSettings): void {
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
