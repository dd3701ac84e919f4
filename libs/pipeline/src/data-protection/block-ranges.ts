import { setTimeout as sleep } from 'node:timers/promises';
import { isTransient } from '@ovis/foundation';
import { transact, type LoaderTransaction, type RawTable } from '@ovis/raw-loader';
import type { Pool } from 'pg';
import { nameOf } from './stored-entities.ts';

/** 16 MiB of a table: one transaction changes its rows in well under a second, so that no loader waits for long. */
const BLOCKS = 2_000;
const ATTEMPTS = 6;
const BASE_DELAY_MS = 100;

/** What one statement did to the rows of a range. */
export interface RangeResult {
  readonly rows: number;
  /** UTC days (`YYYY-MM-DD`) of these rows. */
  readonly days: readonly string[];
}

/** What is done to a table, range by range. */
export interface RangeWork {
  readonly pool: Pool;
  readonly table: RawTable;
  /** For messages: `purging a field`. */
  readonly doing: string;
  readonly signal?: AbortSignal | undefined;
  /** Blocks of 8 KiB that one transaction covers. Default: 2000. */
  readonly blocks?: number | undefined;
  /**
   * Changes the rows of one range, all of them, so that it finds nothing when it is done again.
   *
   * @param leaf the quoted name of the table that holds them.
   * @param range an SQL condition on `ctid`.
   */
  readonly change: (tx: LoaderTransaction, leaf: string, range: string) => Promise<RangeResult>;
}

/** What became of a table. */
export interface TableResult {
  readonly table: string;
  readonly rows: number;
  readonly days: number;
}

/**
 * Changes rows of a table that no index finds, in many small transactions that each cover a range of blocks. Each is done or not done, so an
 * interrupted call is simply made again. It passes over the table until it finds nothing, as rows may move while it works; what was changed is vacuumed, so that it
 * is gone from the files too.
 */
export async function changeByRanges(work: RangeWork): Promise<TableResult> {
  const { pool, table } = work;
  const days = new Set<string>();
  let rows = 0;
  for (const leaf of await leavesOf(pool, table)) {
    let found = 0;
    for (;;) {
      const pass = await passOver(work, leaf);
      if (pass.rows === 0) break;
      found += pass.rows;
      for (const day of pass.days) days.add(day);
    }
    if (found > 0) await pool.query(`vacuum ${leaf}`);
    rows += found;
  }
  return { table: nameOf(table), rows, days: days.size };
}

/** The tables that hold the rows: the leaves of a partitioned table, or the table itself. */
async function leavesOf(pool: Pool, table: RawTable): Promise<readonly string[]> {
  const { rows } = await pool.query<{ leaf: string }>(
    `select format('%I.%I', namespace.nspname, leaf.relname) as leaf
     from pg_catalog.pg_class as leaf join pg_catalog.pg_namespace as namespace on namespace.oid = leaf.relnamespace
     where leaf.oid = $1::regclass and leaf.relkind = 'r'
       or leaf.oid in (select relid from pg_catalog.pg_partition_tree($1::regclass) where isleaf)
     order by leaf.relname`,
    [nameOf(table)],
  );
  return rows.map(({ leaf }) => leaf);
}

async function passOver(
  { pool, doing, signal, blocks = BLOCKS, change }: RangeWork,
  leaf: string,
): Promise<RangeResult> {
  const { rows: sizes } = await pool.query<{ blocks: number }>(
    `select (pg_relation_size($1::regclass) / current_setting('block_size')::bigint)::int as blocks`,
    [leaf],
  );
  const end = sizes[0]?.blocks ?? 0;
  const days = new Set<string>();
  let rows = 0;
  for (let start = 0; start < end; start += blocks) {
    signal?.throwIfAborted();
    const range = `ctid >= '(${String(start)},0)'::tid and ctid < '(${String(start + blocks)},0)'::tid`;
    const result = await tryAgain(signal, () =>
      transact({ pool, doing: `${doing} of ${leaf}`, ...(signal ? { signal } : {}) }, (tx) => change(tx, leaf, range)),
    );
    rows += result.rows;
    for (const day of result.days) days.add(day);
  }
  return { rows, days: [...days] };
}

/** A deadlock with a loader, or a lost connection, costs a range and not the whole. */
async function tryAgain<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      signal?.throwIfAborted();
      if (attempt >= ATTEMPTS || !isTransient(error)) throw error;
      await sleep(Math.random() * BASE_DELAY_MS * 2 ** attempt, undefined, signal ? { signal } : {});
    }
  }
}

/** The UTC day of a row, as the table's touched days count it. */
export function dayExpression(table: RawTable): string {
  const isMoment = table.columns.find(({ name }) => name === table.touchedDay)?.type === 'timestamp';
  return isMoment ? `(${table.touchedDay} at time zone 'UTC')::date` : table.touchedDay;
}

/** Reads the result of a statement that ends in `select rows, days`. */
export function rangeResult(rows: readonly Readonly<Record<string, unknown>>[]): RangeResult {
  const [row] = rows;
  return { rows: Number(row?.['rows'] ?? 0), days: (row?.['days'] ?? []) as readonly string[] };
}
