import type { ClientBase } from 'pg';
import { SQL_TYPES } from './column-text.ts';
import { quoteName, quoteTable } from './quote.ts';
import type { RawTable } from './raw-table.ts';

/** Enough to notice a batch that is loaded again, at the cost of a few index probes. */
const SAMPLE_SIZE = 8;

/**
 * Whether any of a few keys, spread over those given, is stored. Nothing hangs on it but the way that is tried first: a key that is found
 * too late is a conflict, and conflicts are dealt with.
 */
export async function anySampleStored(client: ClientBase, table: RawTable, keys: readonly string[]): Promise<boolean> {
  const step = Math.max(1, Math.floor(keys.length / SAMPLE_SIZE));
  const sample = keys.filter((_, index) => index % step === 0).slice(0, SAMPLE_SIZE);
  const values = sample.flatMap(keyTexts);
  const { rows } = await client.query<{ found: boolean }>(anyStoredStatement(table, sample.length), values);
  return rows[0]?.found === true;
}

/**
 * Inserts nothing; refused (42P10) unless a unique constraint matches the table's key, without which rows copied straight into the table would
 * be stored twice.
 */
export function checkKeyStatement(table: RawTable): string {
  const key = table.key.map(quoteName).join(', ');
  const nulls = table.key.map(() => 'null').join(', ');
  return `insert into ${quoteTable(table)} (${key}) select ${nulls} where false on conflict (${key}) do nothing`;
}

/** Whether one of `keys` keys, given value by value in the order of the table's columns, is stored: `found`. */
export function anyStoredStatement(table: RawTable, keys: number): string {
  const columns = table.columns.filter(({ name }) => table.key.includes(name));
  const key = (index: number): string =>
    columns.map(({ type }, place) => `$${index * columns.length + place + 1}::${SQL_TYPES[type]}`).join(', ');
  const wanted = Array.from({ length: keys }, (_, index) => `(${key(index)})`);
  return `select exists (
  select
  from ${quoteTable(table)}
  where (${columns.map(({ name }) => quoteName(name)).join(', ')}) in (${wanted.join(', ')})
) as found`;
}

/** The key's values as texts: see `StagedPart.keys`. */
function keyTexts(key: string): readonly string[] {
  return key.split('\0').slice(0, -1);
}
