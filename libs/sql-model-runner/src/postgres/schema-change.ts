import { ModelRunnerError } from '../errors.ts';
import type { RelationColumn } from '../warehouse/warehouse.ts';
import { quoteIdentifier } from './identifier.ts';
import type { OnSchemaChange } from './model-config.ts';

/** What the new rows of an incremental model have that its table has not, and the reverse. */
export interface SchemaDifference {
  readonly added: readonly RelationColumn[];
  readonly removed: readonly RelationColumn[];
  readonly retyped: readonly RelationColumn[];
}

const STRINGS = new Set(['text', 'character varying', 'character']);

/** Compares the columns of the new rows with those of the table, by name and type. */
export function compareColumns(source: readonly RelationColumn[], target: readonly RelationColumn[]): SchemaDifference {
  const inTarget = new Map(target.map((column) => [column.name, column]));
  const inSource = new Set(source.map(({ name }) => name));
  return {
    added: source.filter(({ name }) => !inTarget.has(name)),
    removed: target.filter(({ name }) => !inSource.has(name)),
    retyped: source.filter((column) => {
      const other = inTarget.get(column.name);
      return other !== undefined && other.fullType !== column.fullType && !fitsInto(column, other);
    }),
  };
}

/** Whether rows of one go into the other without a list of columns. */
export function haveSameColumns(a: readonly RelationColumn[], b: readonly RelationColumn[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ name, fullType }, index) => name === b[index]?.name && fullType === b[index].fullType)
  );
}

/** A shorter string goes into a longer one. */
function fitsInto(source: RelationColumn, target: RelationColumn): boolean {
  return STRINGS.has(source.dataType) && STRINGS.has(target.dataType) && sizeOf(target) > sizeOf(source);
}

function sizeOf(column: RelationColumn): number {
  return column.charSize ?? (column.dataType === 'text' ? Number.POSITIVE_INFINITY : 256);
}

/** The changes for columns of the table that are too short for the new rows: dbt widens them whatever `on_schema_change` says. */
export function planWidening(source: readonly RelationColumn[], target: readonly RelationColumn[]): readonly string[] {
  const bySource = new Map(source.map((column) => [column.name, column]));
  return target.flatMap((column) => {
    const other = bySource.get(column.name);
    const isVarchar = column.dataType === 'character varying' && column.charSize !== null;
    if (other === undefined || !isVarchar || !STRINGS.has(other.dataType)) return [];
    const size = other.charSize ?? 256;
    return size > (column.charSize ?? 0)
      ? [`alter column ${quoteIdentifier(column.name)} type character varying(${size})`]
      : [];
  });
}

/** What fits a table to the new rows. */
export interface SchemaChange {
  /** Columns to add and drop, as parts of one `alter table`. */
  readonly columns: readonly string[];
  /** Columns of another type, likewise; PostgreSQL allows that only while no view reads them. */
  readonly types: readonly string[];
}

/**
 * The changes that a policy asks for. A column of another type keeps its place (dbt moves it to the end).
 *
 * @throws ModelRunnerError under `fail`, naming the columns and the ways out.
 */
export function planSchemaChange(policy: OnSchemaChange, difference: SchemaDifference): SchemaChange {
  const { added, removed, retyped } = difference;
  const isSame = added.length === 0 && removed.length === 0 && retyped.length === 0;
  if (policy === 'ignore' || isSame) return { columns: [], types: [] };
  if (policy === 'fail') throw outOfSync(difference);
  const additions = added.map((column) => `add column ${quoteIdentifier(column.name)} ${column.fullType}`);
  if (policy === 'append_new_columns') return { columns: additions, types: [] };
  return {
    columns: [...additions, ...removed.map((column) => `drop column ${quoteIdentifier(column.name)}`)],
    types: retyped.map(({ name, fullType }) => {
      const column = quoteIdentifier(name);
      return `alter column ${column} type ${fullType} using ${column}::${fullType}`;
    }),
  };
}

function outOfSync({ added, removed, retyped }: SchemaDifference): ModelRunnerError {
  const list = (columns: readonly RelationColumn[]): string => columns.map(({ name }) => name).join(', ') || 'none';
  return new ModelRunnerError(
    `the model's columns are no longer those of its table (on_schema_change: fail); not in the table: ${list(added)}; only in the table: ${list(removed)}; of another type: ${list(retyped)}; run with --full-refresh, or set on_schema_change to append_new_columns or sync_all_columns`,
    'terminal',
  );
}
