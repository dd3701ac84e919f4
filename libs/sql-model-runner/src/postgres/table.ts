import type { BuildOutcome, BuildRequest, Session } from '../warehouse/warehouse.ts';
import { buildNode, builtIdentifier, createIndexes, type Build } from './build-node.ts';
import { createTableAsSql } from './sql.ts';
import { swapIn } from './swap.ts';

/** `materialized: table`: built aside, with its indexes, then swapped in. */
export function buildTable(session: Session, request: BuildRequest): Promise<BuildOutcome> {
  return buildNode(session, request, replaceTable);
}

/** Builds the whole table anew; also the full refresh of an incremental model. @returns rows written. */
export async function replaceTable(build: Build): Promise<number | null> {
  const { config, request } = build;
  const { rowCount } = await build.run(
    createTableAsSql({
      relation: build.built,
      sql: request.sql,
      isUnlogged: config.isUnlogged,
      sqlHeader: config.sqlHeader,
    }),
  );
  await createIndexes(build, builtIdentifier(build));
  await swapInBuilt(build, 'table');
  return rowCount;
}

export async function swapInBuilt(
  { session, request, config, locks }: Build,
  builtKind: 'table' | 'view',
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
