import type { BuildOutcome, BuildRequest, Session } from '../warehouse/warehouse.ts';
import { buildNode, builtIdentifier, createIndexes, type Build } from './build-node.ts';
import { enforceContract } from './contract.ts';
import { foreignViews } from './dependents.ts';
import { withLockRetry } from './lock-retry.ts';
import { exchangeLeaves } from './partition-exchange.ts';
import { createPartitioned, nameLeaves } from './partition-table.ts';
import { haveSameColumns } from './schema-change.ts';
import { createTableAsSql } from './sql.ts';
import { swapIn } from './swap.ts';

/** `materialized: table`: built aside, with its indexes, then swapped in. */
export function buildTable(session: Session, request: BuildRequest): Promise<BuildOutcome> {
  return buildNode(session, request, replaceTable);
}

/** Builds the whole table anew; also the full refresh of an incremental model. @returns rows written. */
export async function replaceTable(build: Build): Promise<number | null> {
  const { partitionBy } = build.config;
  if (partitionBy !== null) {
    const { rows, ranges } = await createPartitioned(build, partitionBy);
    if (!(await exchangeLeaves(build, partitionBy, ranges))) await swapInBuilt(build, 'table');
    await nameLeaves(build, partitionBy, ranges);
    return rows;
  }
  const rowCount = await createBuilt(build);
  if (await rewriteInPlace(build)) return rowCount;
  await createIndexes(build, builtIdentifier(build));
  await swapInBuilt(build, 'table');
  return rowCount;
}

/**
 * Where a view above the table belongs to another role, the table cannot be exchanged below it: with the same columns, its rows are.
 * Readers find the former rows until the commit; who reads under an older snapshot finds none, as after every rewrite.
 *
 * @returns false where nothing is in the way, or the columns are others.
 */
async function rewriteInPlace(build: Build): Promise<boolean> {
  const { session, request, target, built, locks } = build;
  const { existing } = request;
  if (existing?.kind !== 'table') return false;
  const foreign = await foreignViews(session, existing);
  if (foreign.length === 0) return false;
  const found = await session.findRelation({ ...request.relation, identifier: builtIdentifier(build) });
  if (found === null || found.isUnlogged !== existing.isUnlogged) return false;
  if (!haveSameColumns(await session.columnsOf(existing), await session.columnsOf(found))) return false;
  await withLockRetry(session, locks, target, async () => {
    await build.run(`truncate table ${target}`);
  });
  await build.run(`insert into ${target} select * from ${built}`);
  await build.run(`drop table ${built}`);
  request.warn(
    `${foreign.join(', ')} belongs to another role and reads the table: its rows were exchanged in place, its indexes left as they were`,
  );
  return true;
}

/** With an enforced contract the table is made first, with its constraints, and then filled. */
async function createBuilt(build: Build): Promise<number | null> {
  const { config, request, built, session } = build;
  const contract = await enforceContract(session, request, build.reference);
  const { isUnlogged, sqlHeader } = config;
  if (contract === null) {
    const { rowCount } = await build.run(
      createTableAsSql({ relation: built, sql: request.sql, isUnlogged, sqlHeader }),
    );
    return rowCount;
  }
  await build.run(
    `${sqlHeader === null ? '' : `${sqlHeader}\n`}create ${isUnlogged ? 'unlogged ' : ''}table ${built} (\n  ${contract.definition}\n)`,
  );
  const list = contract.columns.join(', ');
  const { rowCount } = await build.run(
    `insert into ${built} (${list})\n(\nselect ${list}\nfrom (\n${request.sql}\n) as model_subq\n)`,
  );
  return rowCount;
}

export async function swapInBuilt(
  { session, request, config, locks }: Build,
  builtKind: 'table' | 'view' | 'materialized_view',
): Promise<void> {
  await swapIn(session, {
    target: request.relation,
    builtKind,
    existing: request.existing,
    keepGrants: config.grants === null,
    keepComments: true,
    locks,
    warn: request.warn,
  });
}
