import type { RawTable } from './raw-table.ts';

/** Quotes an SQL identifier: https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** The schema-qualified, quoted name of a table. */
export function quoteTable(table: Pick<RawTable, 'schema' | 'name'>): string {
  return `${quoteName(table.schema)}.${quoteName(table.name)}`;
}
