import { nextMonth, type Month } from './months.ts';
import { quoteName, quoteTable } from './quote.ts';
import type { RawTable } from './raw-table.ts';

/** The longest name that PostgreSQL does not cut: https://www.postgresql.org/docs/current/limits.html */
const MAX_NAME_BYTES = 63;

/** The leaf of a month, `device_last_updates_2026_11`; null if PostgreSQL would cut its name. */
export function leafName(table: RawTable, month: Month): string | null {
  const name = `${table.name}_${month.replace('-', '_')}`;
  return Buffer.byteLength(name) > MAX_NAME_BYTES ? null : name;
}

/** Of the leaves named in $3, which exist, and whether they are attached to the table $1.$2. */
export const SELECT_LEAVES = `select leaf.relname as name, parent.oid is not null as attached
from pg_catalog.pg_class as leaf
join pg_catalog.pg_namespace as namespace on namespace.oid = leaf.relnamespace
left join pg_catalog.pg_inherits as link on link.inhrelid = leaf.oid
left join pg_catalog.pg_class as parent
  on parent.oid = link.inhparent and parent.relname = $2 and parent.relnamespace = namespace.oid
where namespace.nspname = $1 and leaf.relname = any($3::text[])`;

/** One loader at a time makes leaves of a table; the lock goes with its transaction. */
export const LOCK_LEAVES = `select pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('raw-loader leaves of ' || $1, 0))`;

/** Makes a leaf apart from its table: with its columns, defaults, constraints and indexes, so that attaching finds them in place. */
export function createLeafStatement(table: RawTable, leaf: string): string {
  return `create table ${quoteTable({ schema: table.schema, name: leaf })} (like ${quoteTable(table)} including all)`;
}

/**
 * Attaches a leaf. It takes a SHARE UPDATE EXCLUSIVE lock on the table, which neither readers nor writers wait for:
 * https://www.postgresql.org/docs/current/sql-altertable.html
 */
export function attachLeafStatement(table: RawTable, leaf: string, month: Month): string {
  const isMoment = table.columns.find(({ name }) => name === table.partitionMonth)?.type === 'timestamp';
  // Months are digits and a dash, so these literals need no escape.
  const bound = (start: Month): string => `'${start}-01${isMoment ? ' 00:00:00+00' : ''}'`;
  return `alter table ${quoteTable(table)} attach partition ${quoteTable({ schema: table.schema, name: leaf })} for values from (${bound(month)}) to (${bound(nextMonth(month))})`;
}

/** Gives the locks of this transaction `milliseconds` to be granted. */
export function lockTimeoutStatement(milliseconds: number): string {
  return `set local ${quoteName('lock_timeout')} = ${Math.ceil(milliseconds)}`;
}
