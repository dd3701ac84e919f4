import { md5 } from '../project/md5.ts';
import type { RelationName } from '../project/project.ts';
import { quoteIdentifier, renderRelation } from './identifier.ts';

/** Options of `create table … as`. */
export interface CreateTableOptions {
  readonly relation: string;
  readonly sql: string;
  readonly isUnlogged?: boolean;
  readonly isTemporary?: boolean;
  readonly sqlHeader?: string | null;
}

export function createTableAsSql({ relation, sql, isUnlogged, isTemporary, sqlHeader }: CreateTableOptions): string {
  const kind = isTemporary ? 'temporary ' : isUnlogged ? 'unlogged ' : '';
  const onCommit = isTemporary ? ' on commit drop' : '';
  return `${header(sqlHeader)}create ${kind}table ${relation}${onCommit}\nas (\n${sql}\n)`;
}

export function createViewSql(
  relation: string,
  sql: string,
  options: { readonly orReplace: boolean; readonly sqlHeader?: string | null },
): string {
  return `${header(options.sqlHeader)}create ${options.orReplace ? 'or replace ' : ''}view ${relation} as (\n${sql}\n)`;
}

function header(sqlHeader: string | null | undefined): string {
  return sqlHeader === undefined || sqlHeader === null ? '' : `${sqlHeader}\n`;
}

/** An entry of the `indexes` config. */
export interface IndexConfig {
  /** Columns or expressions, as written. */
  readonly columns: readonly string[];
  readonly unique: boolean;
  /** Access method; null for PostgreSQL's default. */
  readonly type: string | null;
}

/**
 * `create index` as dbt writes it. The name is a hash in which `builtAt` takes part: an index of the table that is being replaced
 * still holds its own name.
 */
export function createIndexSql(relation: RelationName, index: IndexConfig, builtAt: string): string {
  const parts = [
    ...index.columns,
    renderRelation(relation),
    index.unique ? 'True' : 'False',
    index.type ?? 'None',
    builtAt,
  ];
  const unique = index.unique ? 'unique ' : '';
  const using = index.type === null ? '' : ` using ${index.type}`;
  return `create ${unique}index if not exists ${quoteIdentifier(md5(parts.join('_')))}\non ${renderRelation(relation)}${using} (${index.columns.join(', ')})`;
}

/** What an incremental model's new rows are written with. */
export interface IncrementalWrite {
  readonly target: string;
  /** The temporary relation that holds the new rows. */
  readonly source: string;
  readonly columns: readonly string[];
  /** Columns or expressions, as written; empty for none. */
  readonly uniqueKey: readonly string[];
  readonly predicates: readonly string[];
}

export function appendSql({ target, source, columns }: IncrementalWrite): string {
  const list = columns.map(quoteIdentifier).join(', ');
  return `insert into ${target} (${list})\n(\n    select ${list}\n    from ${source}\n)`;
}

/**
 * Rows of the target whose key occurs among the new rows go, then the new rows come. As in dbt-postgres, a key with a null in it
 * equals none, and duplicates among the new rows are kept. Without a key nothing is deleted.
 */
export function deleteInsertSql(write: IncrementalWrite): readonly string[] {
  const { target, source, uniqueKey, predicates } = write;
  if (uniqueKey.length === 0) return [appendSql(write)];
  const key = uniqueKey.join(', ');
  const also = predicates.map((predicate) => `\n    and ${predicate}`).join('');
  const remove = `delete from ${target} as DBT_INTERNAL_DEST\nwhere (${key}) in (\n    select distinct ${key}\n    from ${source} as DBT_INTERNAL_SOURCE\n)${also}`;
  return [remove, appendSql(write)];
}

/** `merge` (PostgreSQL 15 and later): rows with a known key are updated, others inserted. */
export function mergeSql(write: IncrementalWrite, updateColumns: readonly string[]): string {
  const { target, source, columns, uniqueKey, predicates } = write;
  const list = columns.map(quoteIdentifier).join(', ');
  const matches = uniqueKey.map((key) => `DBT_INTERNAL_SOURCE.${key} = DBT_INTERNAL_DEST.${key}`);
  const on = uniqueKey.length === 0 ? [...predicates, 'FALSE'] : [...predicates, ...matches];
  const update = updateColumns.map((column) => `${column} = DBT_INTERNAL_SOURCE.${column}`).join(', ');
  const matched = uniqueKey.length === 0 ? '' : `\nwhen matched then update set ${update}`;
  const values = columns.map((column) => `DBT_INTERNAL_SOURCE.${quoteIdentifier(column)}`).join(', ');
  return `merge into ${target} as DBT_INTERNAL_DEST
using ${source} as DBT_INTERNAL_SOURCE
on (${on.join(') and (')})${matched}
when not matched then insert (${list})
values (${values})`;
}
