import type { BuildOutcome, BuildRequest, Session } from '../warehouse/warehouse.ts';
import { buildNode, builtIdentifier, createIndexes, type Build } from './build-node.ts';
import { enforceContract } from './contract.ts';
import { createTableAsSql } from './sql.ts';
import { swapIn } from './swap.ts';

/** `materialized: table`: built aside, with its indexes, then swapped in. */
export function buildTable(session: Session, request: BuildRequest): Promise<BuildOutcome> {
  return buildNode(session, request, replaceTable);
}

/** Builds the whole table anew; also the full refresh of an incremental model. @returns rows written. */
export async function replaceTable(build: Build): Promise<number | null> {
  const rowCount = await createBuilt(build);
  await createIndexes(build, builtIdentifier(build));
  await swapInBuilt(build, 'table');
  return rowCount;
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
