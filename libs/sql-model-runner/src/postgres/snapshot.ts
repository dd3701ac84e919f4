import { ModelRunnerError } from '../errors.ts';
import type { BuildOutcome, BuildRequest, RelationColumn, Session, SnapshotStrategy } from '../warehouse/warehouse.ts';
import { buildNode, createIndexes, type Build } from './build-node.ts';
import { quoteIdentifier, withSuffix } from './identifier.ts';
import { planWidening } from './schema-change.ts';
import { firstSnapshotSql, snapshotMergeSql, snapshotStagingSql } from './snapshot-sql.ts';
import { createTableAsSql } from './sql.ts';

const STAGING_SUFFIX = '__dbt_tmp_snapshot';

/** `snapshot`: the first build makes the table, the others close what changed or went and add what is new. */
export function buildSnapshot(session: Session, request: BuildRequest): Promise<BuildOutcome> {
  return buildNode(session, request, async (build) => {
    const { existing, snapshot } = request;
    if (!snapshot) throw new ModelRunnerError('a snapshot has no strategy', 'terminal');
    if (existing !== null && existing.kind !== 'table')
      throw new ModelRunnerError(
        `${build.target} is a ${existing.kind.replace('_', ' ')}, not the table of a snapshot; drop it or give the snapshot another alias`,
        'terminal',
      );
    return existing === null ? create(build, snapshot) : update(build, snapshot);
  });
}

async function create(build: Build, strategy: SnapshotStrategy): Promise<number | null> {
  const { config, request, target } = build;
  const sql = firstSnapshotSql(request.sql, strategy);
  const { rowCount } = await build.run(
    createTableAsSql({ relation: target, sql, isUnlogged: config.isUnlogged, sqlHeader: config.sqlHeader }),
  );
  await createIndexes(build, request.relation.identifier);
  return rowCount;
}

async function update(build: Build, strategy: SnapshotStrategy): Promise<number | null> {
  const { request, session, target } = build;
  const existing = request.existing as NonNullable<BuildRequest['existing']>;
  const known = await session.columnsOf(existing);
  checkColumns(build, known, strategy);
  const staging = withSuffix(request.relation, STAGING_SUFFIX).identifier;
  const source = await sourceColumns(build);
  const sql = snapshotStagingSql({ sql: request.sql, target, strategy, known: names(known), source });
  await build.run(
    createTableAsSql({ relation: quoteIdentifier(staging), sql, isTemporary: true, sqlHeader: build.config.sqlHeader }),
  );
  const staged = await stagedColumns(session, staging);
  await widen(build, planWidening(staged, known));
  const missing = staged.filter(({ name }) => !known.some((column) => column.name === name));
  for (const column of missing)
    await build.run(`alter table ${target} add column ${quoteIdentifier(column.name)} ${column.fullType}`);
  let written: number | null = null;
  const statements = snapshotMergeSql({ target, staging: quoteIdentifier(staging), strategy, columns: names(staged) });
  for (const statement of statements) written = (await build.run(statement)).rowCount;
  return written;
}

function names(columns: readonly RelationColumn[]): readonly string[] {
  return columns.map(({ name }) => name);
}

/** @throws ModelRunnerError when the table lacks a column that every snapshot has. */
function checkColumns(
  { target }: Build,
  known: readonly RelationColumn[],
  { columns, hardDeletes }: SnapshotStrategy,
): void {
  const needed = [columns.scdId, columns.validFrom, columns.validTo, columns.updatedAt];
  if (hardDeletes === 'new_record') needed.push(columns.isDeleted);
  const missing = needed.filter((name) => !known.some((column) => column.name.toLowerCase() === name.toLowerCase()));
  if (missing.length === 0) return;
  throw new ModelRunnerError(
    `${target} lacks the columns ${missing.join(', ')} of a snapshot; was it built by something else, or hard_deletes or snapshot_meta_column_names changed?`,
    'terminal',
  );
}

async function sourceColumns({ session, request }: Build): Promise<readonly string[]> {
  const { columns } = await session.execute(`select * from (\n${request.sql}\n) as __dbt_sbq where false limit 0`);
  return columns;
}

/** Without those that only the merge needs. */
async function stagedColumns(session: Session, staging: string): Promise<readonly RelationColumn[]> {
  const found = await session.findRelation({ database: '', schema: '', identifier: staging });
  const columns = found === null ? [] : await session.columnsOf(found);
  return columns.filter(({ name }) => name !== 'dbt_change_type' && !/^dbt_unique_key(?:_\d+)?$/u.test(name));
}

async function widen(build: Build, changes: readonly string[]): Promise<void> {
  if (changes.length > 0) await build.run(`alter table ${build.target}\n  ${changes.join(',\n  ')}`);
}
