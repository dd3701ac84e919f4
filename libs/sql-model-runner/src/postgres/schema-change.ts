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

/** A shorter string goes into a longer one. */
function fitsInto(source: RelationColumn, target: RelationColumn): boolean {
  return STRINGS.has(source.dataType) && STRINGS.has(target.dataType) && sizeOf(target) > sizeOf(source);
}

function sizeOf(column: RelationColumn): number {
  return column.charSize ?? (column.dataType === 'text' ? Number.POSITIVE_INFINITY : 256);
}

/** Columns of the table that are too short for the new rows: dbt widens them whatever `on_schema_change` says. */
export function columnsToWiden(
  source: readonly RelationColumn[],
  target: readonly RelationColumn[],
): readonly { readonly name: string; readonly type: string }[] {
  const bySource = new Map(source.map((column) => [column.name, column]));
  return target.flatMap((column) => {
    const other = bySource.get(column.name);
    if (
      other === undefined ||
      column.dataType !== 'character varying' ||
      column.charSize === null ||
      !STRINGS.has(other.dataType)
    )
      return [];
    const size = other.charSize ?? 256;
    return size > column.charSize ? [{ name: column.name, type: `character varying(${size})` }] : [];
  });
}

/**
 * The statements that fit the table to the new rows.
 *
 * @throws ModelRunnerError under `fail`, naming the columns and the ways out.
 */
export function schemaChangeSql(
  policy: OnSchemaChange,
  table: string,
  difference: SchemaDifference,
): readonly string[] {
  const { added, removed, retyped } = difference;
  if (policy === 'ignore' || (added.length === 0 && removed.length === 0 && retyped.length === 0)) return [];
  if (policy === 'fail') throw outOfSync(difference);
  const changes = added.map((column) => `add column ${quoteIdentifier(column.name)} ${column.fullType}`);
  if (policy === 'sync_all_columns') {
    changes.push(...removed.map((column) => `drop column ${quoteIdentifier(column.name)}`));
    for (const { name, fullType } of retyped) {
      const column = quoteIdentifier(name);
      changes.push(`alter column ${column} type ${fullType} using ${column}::${fullType}`);
    }
  }
  return changes.length === 0 ? [] : [`alter table ${table}\n  ${changes.join(',\n  ')}`];
}

function outOfSync({ added, removed, retyped }: SchemaDifference): ModelRunnerError {
  const list = (columns: readonly RelationColumn[]): string => columns.map(({ name }) => name).join(', ') || 'none';
  return new ModelRunnerError(
    `the model's columns are no longer those of its table (on_schema_change: fail); not in the table: ${list(added)}; only in the table: ${list(removed)}; of another type: ${list(retyped)}; run with --full-refresh, or set on_schema_change to append_new_columns or sync_all_columns`,
    'terminal',
  );
}
