import type { BuildOutcome, BuildRequest, Increment, RelationColumn, Session } from '../warehouse/warehouse.ts';
import { buildNode, type Build } from './build-node.ts';
import { enforceContract } from './contract.ts';
import { captureDependents, dropDependents, lockWithDependents, repointDependents } from './dependents.ts';
import { quoteIdentifier, withSuffix } from './identifier.ts';
import { withLockRetry } from './lock-retry.ts';
import {
  dropExpired,
  preparePartitions,
  renewStatistics,
  rewritePartitions,
  type PartitionedTarget,
} from './partition-increment.ts';
import { compareColumns, planSchemaChange, planWidening } from './schema-change.ts';
import { appendSql, createTableAsSql, deleteInsertSql, mergeSql, type IncrementalWrite } from './sql.ts';
import { replaceTable } from './table.ts';

const NEW_ROWS_SUFFIX = '__dbt_new';

/** `materialized: incremental`: the first build and `--full-refresh` replace the table, the others write the new rows into it. */
export function buildIncremental(session: Session, request: BuildRequest): Promise<BuildOutcome> {
  return buildNode(session, request, (build) =>
    request.existing?.kind === 'table' && !request.fullRefresh ? addRows(build) : replaceTable(build),
  );
}

async function addRows(build: Build): Promise<number | null> {
  const { request, config, session, target } = build;
  const existing = request.existing as NonNullable<BuildRequest['existing']>;
  await enforceContract(session, request, build.reference);
  const source = quoteIdentifier(withSuffix(request.relation, NEW_ROWS_SUFFIX).identifier);
  await build.run(
    createTableAsSql({ relation: source, sql: request.sql, isTemporary: true, sqlHeader: config.sqlHeader }),
  );
  const { rows } = await session.execute(`select '${source.replaceAll("'", "''")}'::regclass::oid::text`);
  const found = await session.columnsOf({ ...existing, handle: String(rows[0]?.[0]) });
  const before = await session.columnsOf(existing);
  await changeTypes(build, planWidening(found, before));
  const change = planSchemaChange(config.onSchemaChange, compareColumns(found, await session.columnsOf(existing)));
  if (change.columns.length > 0) {
    await withLockRetry(session, build.locks, target, () => build.run(alterTable(target, change.columns)));
  }
  await changeTypes(build, change.types);
  const columns = config.onSchemaChange === 'ignore' ? before : found;
  const { partitionBy } = config;
  const partitions =
    partitionBy === null
      ? null
      : await preparePartitions(build, partitionBy, source, await session.columnsOf(existing));
  const written = await writeRows(build, { source, columns }, partitions);
  if (partitions !== null) {
    await dropExpired(partitions);
    await renewStatistics(partitions, written);
  }
  return written;
}

async function writeRows(
  build: Build,
  { source, columns }: Increment,
  partitions: PartitionedTarget | null,
): Promise<number | null> {
  const { request, config, target, session } = build;
  if (request.writeIncrement) {
    const statement = await request.writeIncrement({ source: source.slice(1, -1).replaceAll('""', '"'), columns });
    return (await build.run(statement)).rowCount;
  }
  const write: IncrementalWrite = {
    target,
    source,
    columns: columns.map(({ name }) => name),
    uniqueKey: config.uniqueKey,
    predicates: config.predicates,
  };
  if (partitions !== null && config.incrementalStrategy === 'delete+insert' && config.uniqueKey.length > 0) {
    const existing = request.existing as NonNullable<BuildRequest['existing']>;
    return rewritePartitions(partitions, write, await session.columnsOf(existing));
  }
  let written: number | null = null;
  for (const statement of writeSql(build, write, columns)) written = (await build.run(statement)).rowCount;
  return written;
}

function writeSql({ config }: Build, write: IncrementalWrite, columns: readonly RelationColumn[]): readonly string[] {
  switch (config.incrementalStrategy) {
    case 'append':
      return [appendSql(write)];
    case 'delete+insert':
      return deleteInsertSql(write);
    case 'microbatch':
    case 'merge':
      return [mergeSql(write, updateColumns(config, columns))];
  }
}

function updateColumns(config: Build['config'], columns: readonly RelationColumn[]): readonly string[] {
  if (config.mergeUpdateColumns.length > 0) return config.mergeUpdateColumns;
  const excluded = new Set(config.mergeExcludeColumns.map((name) => name.toLowerCase()));
  return columns.filter(({ name }) => !excluded.has(name.toLowerCase())).map(({ name }) => quoteIdentifier(name));
}

/** A view above the table would forbid the change of a type: it is dropped for the moment and made again, in the same transaction. */
async function changeTypes(build: Build, changes: readonly string[]): Promise<void> {
  const { existing, warn } = build.request;
  if (changes.length === 0 || existing === null) return;
  const { session } = build;
  await withLockRetry(session, build.locks, build.target, async () => {
    await lockWithDependents(session, existing);
    const dependents = await captureDependents(session, existing);
    await dropDependents(session, dependents);
    await build.run(alterTable(build.target, changes));
    await repointDependents(session, dependents, warn);
  });
}

function alterTable(table: string, changes: readonly string[]): string {
  return `alter table ${table}\n  ${changes.join(',\n  ')}`;
}
