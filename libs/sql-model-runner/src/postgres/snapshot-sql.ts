import type { SnapshotStrategy } from '../warehouse/warehouse.ts';
import { quoteIdentifier } from './identifier.ts';

/** The select that makes a snapshot's table: every row is valid from its moment on. */
export function firstSnapshotSql(sql: string, strategy: SnapshotStrategy): string {
  const { columns, scdId, updatedAt } = strategy;
  const deleted = strategy.hardDeletes === 'new_record' ? `,\n  'False' as ${columns.isDeleted}` : '';
  return `select *,
  ${scdId} as ${columns.scdId},
  ${updatedAt} as ${columns.updatedAt},
  ${updatedAt} as ${columns.validFrom},
  ${openEnd(strategy)}${deleted}
from (
${sql}
) sbq`;
}

/** `dbt_valid_to` of a row that is valid, in the type of its moment. */
function openEnd({ columns, updatedAt, validToCurrent }: SnapshotStrategy): string {
  return `coalesce(nullif(${updatedAt}, ${updatedAt}), ${validToCurrent ?? 'null'}) as ${columns.validTo}`;
}

interface Staging {
  readonly sql: string;
  readonly target: string;
  readonly strategy: SnapshotStrategy;
  /** Columns of the snapshot's table. */
  readonly known: readonly string[];
  /** Columns of the query. */
  readonly source: readonly string[];
}

/** The rows that change a snapshot, each with what it does: `insert`, `update` (its validity ends), `delete`. */
export function snapshotStagingSql(staging: Staging): string {
  const { sql, target, strategy } = staging;
  const { columns, updatedAt, scdId, hardDeletes, rowChanged } = strategy;
  const findsDeletes = hardDeletes !== 'ignore';
  const keepsDeletes = hardDeletes === 'new_record';
  const keys = keyFields(strategy);
  const wasDeleted = keepsDeletes ? ` or snapshotted_data.${columns.isDeleted} = 'True'` : '';
  const parts = [
    `snapshot_query as (\n${sql}\n)`,
    `snapshotted_data as (
  select *, ${keys}
  from ${target}
  where ${isCurrent(strategy, '')}
)`,
    `insertions_source_data as (
  select *, ${keys},
    ${updatedAt} as ${columns.updatedAt},
    ${updatedAt} as ${columns.validFrom},
    ${openEnd(strategy)},
    ${scdId} as ${columns.scdId}
  from snapshot_query
)`,
    `updates_source_data as (
  select *, ${keys},
    ${updatedAt} as ${columns.updatedAt},
    ${updatedAt} as ${columns.validFrom},
    ${updatedAt} as ${columns.validTo}
  from snapshot_query
)`,
    ...(findsDeletes ? [`deletes_source_data as (\n  select *, ${keys}\n  from snapshot_query\n)`] : []),
    `insertions as (
  select 'insert' as dbt_change_type, source_data.*${keepsDeletes ? `, 'False' as ${columns.isDeleted}` : ''}
  from insertions_source_data as source_data
  left outer join snapshotted_data on ${keysMatch(strategy)}
  where ${keyIsNull(strategy, 'snapshotted_data')}
    or (${keyIsNull(strategy, 'snapshotted_data', true)} and (${rowChanged}${wasDeleted}))
)`,
    `updates as (
  select 'update' as dbt_change_type, source_data.*, snapshotted_data.${columns.scdId}${keepsDeletes ? `, snapshotted_data.${columns.isDeleted}` : ''}
  from updates_source_data as source_data
  join snapshotted_data on ${keysMatch(strategy)}
  where (${rowChanged}${wasDeleted})
)`,
    ...(findsDeletes ? [deletesSql(strategy)] : []),
    ...(keepsDeletes ? [deletionRecordsSql(staging)] : []),
  ];
  const sets = [
    'insertions',
    'updates',
    ...(findsDeletes ? ['deletes'] : []),
    ...(keepsDeletes ? ['deletion_records'] : []),
  ];
  return `with ${parts.join(',\n')}\n${sets.map((set) => `select * from ${set}`).join('\nunion all\n')}`;
}

function keyFields({ uniqueKey, isKeyList }: SnapshotStrategy): string {
  if (!isKeyList) return `${uniqueKey[0] ?? ''} as dbt_unique_key`;
  return uniqueKey.map((key, index) => `${key} as dbt_unique_key_${index + 1}`).join(', ');
}

function keyNames({ uniqueKey, isKeyList }: SnapshotStrategy): readonly string[] {
  return isKeyList ? uniqueKey.map((_, index) => `dbt_unique_key_${index + 1}`) : ['dbt_unique_key'];
}

function keysMatch(strategy: SnapshotStrategy): string {
  return keyNames(strategy)
    .map((name) => `(snapshotted_data.${name} = source_data.${name})`)
    .join(' and ');
}

function keyIsNull(strategy: SnapshotStrategy, alias: string, isNegated = false): string {
  return `${alias}.${keyNames(strategy)[0] ?? ''} is ${isNegated ? 'not ' : ''}null`;
}

function isCurrent({ columns, validToCurrent }: SnapshotStrategy, prefix: string): string {
  const column = `${prefix}${columns.validTo}`;
  return validToCurrent === null ? `${column} is null` : `((${column} = ${validToCurrent}) or ${column} is null)`;
}

/** The latest record says already that the row is gone. */
function knownAsDeleted({ columns, validToCurrent }: SnapshotStrategy): string {
  const valid =
    validToCurrent === null
      ? `snapshotted_data.${columns.validTo} is null`
      : `snapshotted_data.${columns.validTo} = ${validToCurrent}`;
  return `(snapshotted_data.${columns.isDeleted} = 'True' and ${valid})`;
}

function deletesSql(strategy: SnapshotStrategy): string {
  const { columns, now, hardDeletes } = strategy;
  const keepsDeletes = hardDeletes === 'new_record';
  return `deletes as (
  select 'delete' as dbt_change_type, source_data.*,
    ${now} as ${columns.validFrom},
    ${now} as ${columns.updatedAt},
    ${now} as ${columns.validTo},
    snapshotted_data.${columns.scdId}${keepsDeletes ? `,\n    snapshotted_data.${columns.isDeleted}` : ''}
  from snapshotted_data
  left join deletes_source_data as source_data on ${keysMatch(strategy)}
  where ${keyIsNull(strategy, 'source_data')}${keepsDeletes ? `\n    and not ${knownAsDeleted(strategy)}` : ''}
)`;
}

function deletionRecordsSql({ strategy, known, source }: Staging): string {
  const { columns, now, newScdId } = strategy;
  const kept = new Set(known);
  const values = source.map(
    (name) => `${kept.has(name) ? 'snapshotted_data' : 'source_data'}.${quoteIdentifier(name)}`,
  );
  const keys = keyNames(strategy).map((name) => `snapshotted_data.${name} as ${name}`);
  return `deletion_records as (
  select 'insert' as dbt_change_type,
    ${[...values, ...keys].join(', ')},
    ${now} as ${columns.validFrom},
    ${now} as ${columns.updatedAt},
    snapshotted_data.${columns.validTo} as ${columns.validTo},
    ${newScdId} as ${columns.scdId},
    'True' as ${columns.isDeleted}
  from snapshotted_data
  left join deletes_source_data as source_data on ${keysMatch(strategy)}
  where ${keyIsNull(strategy, 'source_data')}
    and not ${knownAsDeleted(strategy)}
)`;
}

/** The statements that bring the staged rows into the snapshot. */
export function snapshotMergeSql(merge: {
  readonly target: string;
  readonly staging: string;
  readonly strategy: SnapshotStrategy;
  readonly columns: readonly string[];
}): readonly string[] {
  const { target, staging, strategy } = merge;
  const { columns } = strategy;
  const list = merge.columns.map(quoteIdentifier);
  const close = `update ${target} as DBT_INTERNAL_DEST
set ${columns.validTo} = DBT_INTERNAL_SOURCE.${columns.validTo}
from ${staging} as DBT_INTERNAL_SOURCE
where DBT_INTERNAL_SOURCE.${columns.scdId}::text = DBT_INTERNAL_DEST.${columns.scdId}::text
  and DBT_INTERNAL_SOURCE.dbt_change_type::text in ('update'::text, 'delete'::text)
  and ${isCurrent(strategy, 'DBT_INTERNAL_DEST.')}`;
  const insert = `insert into ${target} (${list.join(', ')})
select ${list.map((column) => `DBT_INTERNAL_SOURCE.${column}`).join(', ')}
from ${staging} as DBT_INTERNAL_SOURCE
where DBT_INTERNAL_SOURCE.dbt_change_type::text = 'insert'::text`;
  return [close, insert];
}
