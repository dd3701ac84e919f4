import type { Pool } from 'pg';
import type { TableResult } from './block-ranges.ts';

const ROWS_A_STATEMENT = 5_000;
const REPLACEMENT = 'a forgotten customer';

/** A table of `ops` that may name a customer: $1 is its id, $2 matches it as a word, $3 stands in its place. */
interface Book {
  readonly table: string;
  readonly key: string;
  readonly keyType: string;
  readonly names: string;
  /** What is done to the rows whose keys are $4. */
  readonly change: string;
}

const IS_TASK_OF = (column: string): string => `right(${column}, length($1) + 1) = '/' || $1`;

const BOOKS: readonly Book[] = [
  {
    // What is left to do of them is left undone: a worker that has one in hand may write nothing more of it.
    table: 'ops.tasks',
    key: 'task_id',
    keyType: 'uuid',
    names: 'customer_id = $1',
    change: 'delete from ops.tasks where task_id = any ($4::uuid[])',
  },
  {
    table: 'ops.tasks',
    key: 'task_id',
    keyType: 'uuid',
    names: 'error_message ~ $2',
    change: `update ops.tasks set error_message = regexp_replace(error_message, $2, $3, 'g') where task_id = any ($4::uuid[])`,
  },
  {
    table: 'ops.quarantine',
    key: 'quarantine_id',
    keyType: 'bigint',
    names: `${IS_TASK_OF('task_key')} or position ~ $2`,
    change: `update ops.quarantine
       set task_key = case when ${IS_TASK_OF('task_key')} then null else task_key end, position = regexp_replace(position, $2, $3, 'g')
       where quarantine_id = any ($4::bigint[])`,
  },
  {
    table: 'ops.run_events',
    key: 'event_id',
    keyType: 'bigint',
    names: `${IS_TASK_OF('task_key')} or detail::text ~ $2`,
    change: `update ops.run_events
       set task_key = case when ${IS_TASK_OF('task_key')} then null else task_key end,
         detail = regexp_replace(detail::text, $2, $3, 'g')::jsonb
       where event_id = any ($4::bigint[])`,
  },
  {
    table: 'ops.steps',
    key: 'run_id',
    keyType: 'uuid',
    names: 'error_message ~ $2',
    change: `update ops.steps set error_message = regexp_replace(error_message, $2, $3, 'g') where run_id = any ($4::uuid[])`,
  },
  {
    table: 'ops.runs',
    key: 'run_id',
    keyType: 'uuid',
    names: 'reason ~ $2',
    change: `update ops.runs set reason = regexp_replace(reason, $2, $3, 'g') where run_id = any ($4::uuid[])`,
  },
  {
    table: 'ops.backfills',
    key: 'backfill_id',
    keyType: 'uuid',
    names: '$1 = any (customers)',
    change: 'update ops.backfills set customers = array_remove(customers, $1) where backfill_id = any ($4::uuid[])',
  },
];

/**
 * Removes a customer's identifier from the books: its tasks go; what was noted of them stays, without the identifier.
 *
 * @returns rows by table; tables that did not name it are left out.
 */
export async function forgetInBooks(
  pool: Pool,
  customerId: string,
  signal: AbortSignal | undefined,
): Promise<readonly TableResult[]> {
  const word = String.raw`(?<![A-Za-z0-9._:-])${customerId.replaceAll('.', String.raw`\.`)}(?![A-Za-z0-9_-]|[.:][A-Za-z0-9])`;
  const results = new Map<string, number>();
  for (const book of BOOKS) {
    const rows = await changeBook(pool, book, [customerId, word, REPLACEMENT], signal);
    if (rows > 0) results.set(book.table, (results.get(book.table) ?? 0) + rows);
  }
  return [...results].map(([table, rows]) => ({ table, rows, days: 0 }));
}

async function changeBook(
  pool: Pool,
  { table, key, names, change }: Book,
  parameters: readonly [string, string, string],
  signal: AbortSignal | undefined,
): Promise<number> {
  // Not every statement uses every parameter, but PostgreSQL wants to know the type of each.
  const used = (statement: string): string => `with parameters as (select $1::text, $2::text, $3::text) ${statement}`;
  let changed = 0;
  for (;;) {
    signal?.throwIfAborted();
    const { rows } = await pool.query<{ keys: string[] | null }>(
      used(
        `select array_agg(key::text) as keys from (select distinct ${key} as key from ${table} where ${names} limit ${String(ROWS_A_STATEMENT)}) as found`,
      ),
      [...parameters],
    );
    const keys = rows[0]?.keys ?? null;
    if (keys === null) return changed;
    const { rowCount } = await pool.query(used(change), [...parameters, keys]);
    changed += rowCount ?? 0;
  }
}
