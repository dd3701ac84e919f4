import type { CatalogTable } from './catalog.ts';

const RANGE =
  /^FOR VALUES FROM \('(\d{4}-\d{2}-\d{2})(?: 00:00:00\+00)?'\) TO \('(\d{4}-\d{2}-\d{2})(?: 00:00:00\+00)?'\)$/;
const QUEUE_TABLE = /^j[0-9a-f]{56}$/;

/**
 * Whether a partition is one of a series that programs make while they work, so that which of them are there says nothing about
 * the schema: a UTC month of raw or ops, a UTC day of pg-boss' statistics, a queue of pg-boss.
 */
export function isWorkingPartition(table: CatalogTable): boolean {
  if (table.partitionOf === null || table.partitionBound === null) return false;
  if (table.partitionOf === 'pgboss.job') return QUEUE_TABLE.test(table.name);
  const [, from, to] = RANGE.exec(table.partitionBound) ?? [];
  if (from === undefined || to === undefined) return false;
  const isMonth = from.endsWith('-01') && to === firstOfNextMonth(from);
  return table.schema === 'pgboss' ? to === nextDay(from) : isMonth && !table.unlogged && table.indexes.length === 0;
}

function firstOfNextMonth(day: string): string {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCMonth(date.getUTCMonth() + 1, 1);
  return date.toISOString().slice(0, 10);
}

function nextDay(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
}
