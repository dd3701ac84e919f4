import { transact, type RawTable } from '@ovis/raw-loader';
import type { Pool, PoolClient } from 'pg';
import {
  batteryEvalResultsTable,
  batteryMeasurementsTable,
  batteryReplacementsTable,
  dailyAggregatesTable,
  deviceLastUpdatesTable,
  thermostatHierarchyTable,
} from '../assets/raw-tables.ts';
import { TableBusyError } from '../errors.ts';
import { changeByRanges, dayExpression, rangeResult } from './block-ranges.ts';
import { nameOf } from './stored-entities.ts';

const TABLES: readonly RawTable[] = [
  deviceLastUpdatesTable,
  thermostatHierarchyTable,
  dailyAggregatesTable,
  batteryMeasurementsTable,
  batteryReplacementsTable,
  batteryEvalResultsTable,
];

/** The raw tables whose age can be limited, without their schema. */
export const retainedTables: readonly string[] = TABLES.map(({ name }) => name);

/** How long raw rows are kept. */
export interface RetentionSettings {
  /** Whole months before the present one that are kept, of tables without a number of their own; null: all. */
  readonly months: number | null;
  /** The same by table name, such as `daily_aggregates`; it wins over `months`. */
  readonly monthsByTable: Readonly<Record<string, number | null>>;
}

/** What became of one table. */
export interface RetentionResult {
  readonly table: string;
  /** Null where everything is kept. */
  readonly months: number | null;
  /** The partitions that were dropped (or would be), in order. */
  readonly dropped: readonly string[];
  /** Rows that were removed from a table without partitions; null for the others, whose rows nobody counts. */
  readonly rows: number | null;
}

/** What retention needs. */
export interface RetentionOptions {
  /** Role `ovis_loader`, which owns the tables. */
  readonly pool: Pool;
  readonly retention: RetentionSettings;
  readonly now: Date;
  /** Only tell what would be dropped. Default: false. */
  readonly isDryRun?: boolean;
  /** Longest wait for whoever reads a month that is dropped, in milliseconds. Default: 30,000. */
  readonly lockTimeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** SQLSTATE of a lock that did not come in time: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const LOCK_NOT_AVAILABLE = '55P03';

/**
 * Drops the months of raw tables that are older than what is kept: each is detached concurrently, for which no reader and no loader waits, and dropped.
 * Interrupted, it goes on where it stands when it is called again. Models are left as they are: what they have built of older months stays.
 *
 * @throws TableBusyError if a month is read for longer than the lock timeout; what was dropped stays dropped.
 */
export async function applyRetention(options: RetentionOptions): Promise<readonly RetentionResult[]> {
  const results: RetentionResult[] = [];
  for (const table of TABLES) {
    options.signal?.throwIfAborted();
    const { months, monthsByTable } = options.retention;
    const kept = Object.hasOwn(monthsByTable, table.name) ? (monthsByTable[table.name] ?? null) : months;
    if (kept === null) results.push({ table: nameOf(table), months: null, dropped: [], rows: null });
    else results.push(await retain(table, kept, options));
  }
  return results;
}

async function retain(table: RawTable, months: number, options: RetentionOptions): Promise<RetentionResult> {
  const { pool, now, isDryRun = false } = options;
  const oldest = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months, 1));
  const result = { table: nameOf(table), months };
  if (table.partitionMonth === undefined) {
    return { ...result, dropped: [], rows: await deleteBefore(table, oldest, options) };
  }
  const leaves = await olderLeaves(pool, table, oldest);
  if (!isDryRun) for (const leaf of leaves) await dropLeaf(table, leaf, options);
  return { ...result, dropped: leaves.map(({ name }) => name), rows: null };
}

/** A month's partition; one that is not attached was left behind by a call that was interrupted. */
interface Leaf {
  readonly name: string;
  readonly state: 'attached' | 'detaching' | 'detached';
}

async function olderLeaves(pool: Pool, table: RawTable, oldest: Date): Promise<readonly Leaf[]> {
  const { rows } = await pool.query<Leaf>(
    `select leaf.relname as name,
       case when link.inhrelid is null then 'detached' when link.inhdetachpending then 'detaching' else 'attached' end as state
     from pg_catalog.pg_class as leaf
     join pg_catalog.pg_namespace as namespace on namespace.oid = leaf.relnamespace
     left join pg_catalog.pg_inherits as link on link.inhrelid = leaf.oid and link.inhparent = $3::regclass
     where namespace.nspname = $1 and leaf.relkind = 'r' and leaf.relname ~ ('^' || $2 || '_[0-9]{4}_(0[1-9]|1[0-2])$')
       and right(leaf.relname, 7) < $4
     order by leaf.relname`,
    [table.schema, table.name, nameOf(table), oldest.toISOString().slice(0, 7).replace('-', '_')],
  );
  return rows;
}

async function dropLeaf(
  table: RawTable,
  leaf: Leaf,
  { pool, lockTimeoutMs = 30_000, signal }: RetentionOptions,
): Promise<void> {
  signal?.throwIfAborted();
  const client = await pool.connect();
  let isSound = false;
  try {
    await client.query(`set lock_timeout = ${String(Math.ceil(lockTimeoutMs))}`);
    await detachAndDrop(client, table, leaf);
    await client.query('reset lock_timeout');
    isSound = true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === LOCK_NOT_AVAILABLE) {
      throw new TableBusyError(`${table.schema}.${leaf.name}`, lockTimeoutMs, { cause: error });
    }
    throw error;
  } finally {
    client.release(!isSound);
  }
}

/** `concurrently` may not stand in a transaction: https://www.postgresql.org/docs/current/sql-altertable.html */
async function detachAndDrop(client: PoolClient, table: RawTable, { name, state }: Leaf): Promise<void> {
  const leaf = `${table.schema}.${name}`;
  if (state === 'attached') await client.query(`alter table ${nameOf(table)} detach partition ${leaf} concurrently`);
  if (state === 'detaching') await client.query(`alter table ${nameOf(table)} detach partition ${leaf} finalize`);
  await client.query(`drop table ${leaf}`);
}

/** For a table without partitions. */
async function deleteBefore(table: RawTable, oldest: Date, options: RetentionOptions): Promise<number> {
  const { pool, signal, isDryRun = false } = options;
  const isOlder = `${table.touchedDay} < $1::timestamptz`;
  if (isDryRun) {
    const { rows } = await transact({ pool, doing: 'counting old rows' }, (tx) =>
      tx.query(`select count(*)::int as rows from ${nameOf(table)} where ${isOlder}`, [oldest]),
    );
    return Number(rows[0]?.['rows'] ?? 0);
  }
  const result = await changeByRanges({
    pool,
    table,
    doing: 'dropping old rows',
    signal,
    change: async (tx, leaf, range) => {
      const { rows } = await tx.query(
        `with gone as (delete from ${leaf} where ${range} and ${isOlder} returning ${dayExpression(table)} as day)
         select count(*)::int as rows, coalesce(array_agg(distinct day::text), '{}') as days from gone`,
        [oldest],
      );
      return rangeResult(rows);
    },
  });
  return result.rows;
}
