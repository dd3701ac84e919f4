import { clockFrom, systemClock, type Clock } from '@ovis/foundation';
import { parseInstant, UsageError } from '@ovis/orchestrator';
import type { PlatformSettings } from '@ovis/pipeline';
import { assertMigrated, createPool } from '@ovis/warehouse';
import type { Pool } from 'pg';

/** What a command gets of its process. */
export interface CommandContext {
  /** @throws SettingsError naming the variable. */
  settings(): Promise<PlatformSettings>;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** Results. */
  readonly output: NodeJS.WriteStream;
  /** Progress and questions. */
  readonly display: NodeJS.WriteStream;
}

/** Options that all commands have, as typed. */
export interface CommonOptions {
  readonly output: string;
  readonly now?: string;
}

/** The present time; one that is given makes runs over simulated fleets repeatable. */
export function clockOf({ now }: Pick<CommonOptions, 'now'>): Clock {
  return now === undefined ? systemClock : clockFrom(parseInstant(now));
}

/** @throws UsageError for anything but text and json. */
export function isJson({ output }: Pick<CommonOptions, 'output'>): boolean {
  if (output === 'json' || output === 'text') return output === 'json';
  throw new UsageError(`--output ${output} is neither text nor json`);
}

/** Connections to the warehouse alone, for commands that ask no source. */
export interface Warehouse extends AsyncDisposable {
  readonly pool: Pool;
}

/** @throws NotMigratedError if the database is older than this version. */
export async function openWarehouse({ databaseUrl }: PlatformSettings): Promise<Warehouse> {
  const pool = createPool({ url: databaseUrl, applicationName: 'ovis-backfill', role: 'ovis_loader', max: 4 });
  try {
    await assertMigrated(pool);
  } catch (error) {
    await pool.end();
    throw error;
  }
  return { pool, [Symbol.asyncDispose]: () => pool.end() };
}

/** Reads a comma-separated list; null if it was not given. @throws UsageError if it is empty. */
export function parseList(option: string, text: string | undefined): readonly string[] | null {
  if (text === undefined) return null;
  const items = [...new Set(text.split(',').map((item) => item.trim()))].filter((item) => item !== '');
  if (items.length > 0) return items;
  throw new UsageError(`${option} names nothing; expected names with commas between them, or leave it out for all`);
}

const MOST_AT_ONCE = 8;

/** @throws UsageError unless it is a number from 1 to 8. */
export function parseConcurrency(text: string): number {
  const count = /^\d+$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= MOST_AT_ONCE) return count;
  throw new UsageError(`--concurrency ${text} is no number from 1 to ${String(MOST_AT_ONCE)}`);
}
