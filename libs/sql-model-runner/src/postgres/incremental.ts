import type { BuildOutcome, BuildRequest, RelationColumn, Session } from '../warehouse/warehouse.ts';
import { buildNode, type Build } from './build-node.ts';
import { captureDependents, lockWithDependents, repointDependents } from './dependents.ts';
import { quoteIdentifier, renderName, withSuffix } from './identifier.ts';
import { withLockRetry } from './lock-retry.ts';
import { columnsToWiden, compareColumns, schemaChangeSql } from './schema-change.ts';
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
  const source = quoteIdentifier(withSuffix(request.relation, NEW_ROWS_SUFFIX).identifier);
  await build.run(
    createTableAsSql({ relation: source, sql: request.sql, isTemporary: true, sqlHeader: config.sqlHeader }),
  );
  const { rows } = await session.execute(`select '${source.replaceAll("'", "''")}'::regclass::oid::text`);
  const found = await session.columnsOf({ ...existing, handle: String(rows[0]?.[0]) });
  const before = await session.columnsOf(existing);
  await widen(build, found, before);
  const changes = schemaChangeSql(config.onSchemaChange, target, compareColumns(found, before));
  for (const change of changes) await withLockRetry(session, build.locks, target, () => build.run(change));
  const columns = config.onSchemaChange === 'ignore' ? before : found;
  const write: IncrementalWrite = {
    target,
    source,
    columns: columns.map(({ name }) => name),
    uniqueKey: config.uniqueKey,
    predicates: config.predicates,
  };
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
async function widen(
  build: Build,
  source: readonly RelationColumn[],
  target: readonly RelationColumn[],
): Promise<void> {
  const wide = columnsToWiden(source, target);
  const { existing, warn } = build.request;
  if (wide.length === 0 || existing === null) return;
  const { session } = build;
  await withLockRetry(session, build.locks, build.target, async () => {
    await lockWithDependents(session, existing);
    const dependents = await captureDependents(session, existing);
    for (const view of dependents.filter(({ isDirect }) => isDirect)) {
      const kind = view.isMaterialized ? 'materialized view' : 'view';
      await session.execute(
        `drop ${kind} if exists ${renderName({ database: '', schema: view.schema, identifier: view.name })} cascade`,
      );
    }
    const changes = wide.map(({ name, type }) => `alter column ${quoteIdentifier(name)} type ${type}`);
    await build.run(`alter table ${build.target}\n  ${changes.join(',\n  ')}`);
    await repointDependents(session, dependents, warn);
  });
}
