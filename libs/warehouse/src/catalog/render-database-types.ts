import type { Catalog, CatalogColumn, CatalogTable } from './catalog.ts';

const HEADER = `// Generated from the migrated schema, do not edit: see libs/warehouse/README.md.
import type { ColumnType, GeneratedAlways } from 'kysely';

/** A column that may be left out when inserting. */
type Defaulted<T> =
  [T] extends [ColumnType<infer S, infer I, infer U>] ? ColumnType<S, I | undefined, U> : ColumnType<T, T | undefined, T>;
/** Read as text, so that no digit is lost. */
type BigInteger = ColumnType<string, string | number | bigint, string | number | bigint>;
/** \`YYYY-MM-DD\`. */
type CalendarDate = string;
type Timestamp = ColumnType<Date, Date | string, Date | string>;
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };
/** Read as a value, written as JSON text. */
type Json = ColumnType<JsonValue, string, string>;
`;

const TYPES: Readonly<Record<string, string>> = {
  bigint: 'BigInteger',
  boolean: 'boolean',
  date: 'CalendarDate',
  'double precision': 'number',
  integer: 'number',
  jsonb: 'Json',
  smallint: 'number',
  text: 'string',
  'text[]': 'readonly string[]',
  'timestamp with time zone': 'Timestamp',
  'timestamp with time zone[]': 'readonly Date[]',
  uuid: 'string',
};

/**
 * Writes Kysely's table types for every table of the schemas `raw` and `ops`, a text column with a list of allowed values as a union.
 *
 * @throws RangeError if a column has a type that is not mapped here yet.
 */
export function renderDatabaseTypes(catalog: Catalog): string {
  const tables = catalog.tables.filter(
    ({ schema, partitionOf }) => ['ops', 'raw'].includes(schema) && partitionOf === null,
  );
  const names = tables.map((table) => `  '${table.schema}.${table.name}': ${typeName(table)};`);
  const database = `/** The tables of \`raw\` and \`ops\`. */\nexport interface Database {\n${names.join('\n')}\n}\n`;
  return [HEADER, ...tables.map(renderTable), database].join('\n');
}

function renderTable(table: CatalogTable): string {
  const columns = table.columns.map((column) => {
    const doc = column.comment === null ? '' : `  /** ${column.comment} */\n`;
    return `${doc}  ${column.name}: ${columnType(table, column)};`;
  });
  const doc = table.comment === null ? '' : `/** ${table.comment} */\n`;
  return `${doc}export interface ${typeName(table)} {\n${columns.join('\n')}\n}\n`;
}

function columnType(table: CatalogTable, column: CatalogColumn): string {
  const mapped = TYPES[column.type];
  if (mapped === undefined) {
    throw new RangeError(
      `${table.schema}.${table.name}.${column.name} is a ${column.type}; add that type to render-database-types.ts`,
    );
  }
  const base = allowedValues(table, column) ?? mapped;
  const nullable = column.notNull ? base : `${base} | null`;
  if (column.identity === 'always')
    return base === 'BigInteger' ? 'GeneratedAlways<string>' : `GeneratedAlways<${base}>`;
  return column.defaultValue === null ? nullable : `Defaulted<${nullable}>`;
}

/** The union of a constraint `check (column in ('a', 'b'))`, which PostgreSQL writes as an array. */
function allowedValues(table: CatalogTable, column: CatalogColumn): string | null {
  const prefix = `CHECK ((${column.name} = ANY (ARRAY[`;
  const check = table.constraints.find(({ definition }) => definition.startsWith(prefix));
  const values = [...(check?.definition.matchAll(/'([^']*)'::text/g) ?? [])].map(([, value]) => `'${value ?? ''}'`);
  return values.length > 0 ? values.join(' | ') : null;
}

/** `ops.touched_days` → `OpsTouchedDays`. */
function typeName({ schema, name }: CatalogTable): string {
  return `${schema}_${name}`.replaceAll(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
