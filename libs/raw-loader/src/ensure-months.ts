import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientBase } from 'pg';
import { withConnection, type LoaderPool } from './connection.ts';
import { sqlStateOf, toRawLoaderError } from './database-error.ts';
import { RawTableError } from './errors.ts';
import {
  attachLeafStatement,
  createLeafStatement,
  leafName,
  LOCK_LEAVES,
  lockTimeoutStatement,
  SELECT_LEAVES,
} from './month-statements.ts';
import { isMonth, type Month } from './months.ts';
import { checkTable, type RawTable } from './raw-table.ts';

/** What making leaves needs. */
export interface EnsureMonthsOptions {
  /** Its role must own the table where a leaf is missing: only an owner may attach one. */
  readonly pool: LoaderPool;
  readonly table: RawTable;
  /** `YYYY-MM`, UTC. See `monthsBetween`. */
  readonly months: readonly Month[];
  /** Longest wait for a lock, in milliseconds, so that nobody queues behind this for longer. Default: 2000. */
  readonly lockTimeoutMs?: number;
  /** Tries before a lock that is not granted, or a race with somebody who makes the same leaf, fails the call. Default: 10. */
  readonly attempts?: number;
  readonly signal?: AbortSignal;
}

/** Not granted in time · deadlock · made by somebody else in between: table, type, or an overlapping leaf. */
const WORTH_ANOTHER_TRY = new Set(['55P03', '40P01', '42P07', '42710', '42P17', '23505']);

/**
 * Makes the monthly leaves of a partitioned table that are missing, each created apart and then attached. Months that exist cost one look into the catalogs.
 *
 * @returns names of the leaves that this call attached, in the order of `months`; empty for a table that is not partitioned.
 * @throws RawTableError for something that is no month, or a leaf whose name PostgreSQL would cut.
 * @throws RawLoaderError if the database refuses; nothing is left half made.
 */
export async function ensureMonths(options: EnsureMonthsOptions): Promise<readonly string[]> {
  const { pool, table, signal, attempts = 10 } = options;
  checkTable(table);
  if (table.partitionMonth === undefined) return [];
  const leaves = new Map(options.months.map((month) => [checkedLeafName(table, month), month]));
  const created: string[] = [];
  for (let attempt = 1; ; attempt += 1) {
    try {
      await withConnection(pool, signal, (client) => makeMissing(client, options, leaves, created));
      return created;
    } catch (error) {
      signal?.throwIfAborted();
      const state = sqlStateOf(error);
      if (attempt >= attempts || state === null || !WORTH_ANOTHER_TRY.has(state)) {
        throw toRawLoaderError(
          error,
          `making the months of ${table.schema}.${table.name} (attempt ${attempt} of ${attempts})`,
        );
      }
      // Full jitter, so that those who collided do not meet again.
      await sleep(Math.random() * Math.min(2000, 50 * 2 ** attempt), undefined, signal ? { signal } : {});
    }
  }
}

function checkedLeafName(table: RawTable, month: Month): string {
  const name = `${table.schema}.${table.name}`;
  if (!isMonth(month)) throw new RawTableError(name, 'a month is written YYYY-MM');
  const leaf = leafName(table, month);
  if (leaf === null) throw new RawTableError(name, `its name is too long for leaves: ${month} would be cut`);
  return leaf;
}

async function makeMissing(
  client: ClientBase,
  options: EnsureMonthsOptions,
  leaves: ReadonlyMap<string, Month>,
  created: string[],
): Promise<void> {
  const { table } = options;
  const missing = async (): Promise<Map<string, boolean>> => {
    const { rows } = await client.query<{ name: string; attached: boolean }>(SELECT_LEAVES, [
      table.schema,
      table.name,
      [...leaves.keys()],
    ]);
    const attached = new Set(rows.filter((row) => row.attached).map((row) => row.name));
    const existing = new Set(rows.map((row) => row.name));
    return new Map([...leaves.keys()].filter((leaf) => !attached.has(leaf)).map((leaf) => [leaf, existing.has(leaf)]));
  };
  for (const leaf of (await missing()).keys()) {
    await client.query('begin');
    await client.query(lockTimeoutStatement(options.lockTimeoutMs ?? 2000));
    await client.query(LOCK_LEAVES, [`${table.schema}.${table.name}`]);
    // Looked at again: somebody else may have made it while this waited for the lock.
    const exists = (await missing()).get(leaf);
    if (exists === false) await client.query(createLeafStatement(table, leaf));
    if (exists !== undefined) await client.query(attachLeafStatement(table, leaf, leaves.get(leaf)!));
    await client.query('commit');
    if (exists !== undefined) created.push(leaf);
  }
}
