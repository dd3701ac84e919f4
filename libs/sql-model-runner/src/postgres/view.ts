import { DatabaseError } from '../errors.ts';
import type { BuildOutcome, BuildRequest, Session } from '../warehouse/warehouse.ts';
import { buildNode, type Build } from './build-node.ts';
import { enforceContract } from './contract.ts';
import { withLockRetry } from './lock-retry.ts';
import { createViewSql } from './sql.ts';
import { swapInBuilt } from './table.ts';

/** SQLSTATE of `create or replace view` when the columns are not those of the former view. */
const INVALID_TABLE_DEFINITION = '42P16';

/** `materialized: view`: replaced in place where the columns allow it, else built aside and swapped in. */
export function buildView(session: Session, request: BuildRequest): Promise<BuildOutcome> {
  return buildNode(session, request, async (build) => {
    await enforceContract(session, request);
    if (request.existing?.kind === 'view' && (await replaceInPlace(build))) return null;
    await build.run(createViewSql(build.built, request.sql, { orReplace: false, sqlHeader: build.config.sqlHeader }));
    await swapInBuilt(build, 'view');
    return null;
  });
}

/** @returns false when PostgreSQL refuses because columns changed; nothing has happened then. */
async function replaceInPlace(build: Build): Promise<boolean> {
  const { session, request, locks, config, target } = build;
  const sql = createViewSql(target, request.sql, { orReplace: true, sqlHeader: config.sqlHeader });
  await session.execute('savepoint ovis_view');
  try {
    await withLockRetry(session, locks, `"${request.relation.schema}"."${request.relation.identifier}"`, () =>
      build.run(sql),
    );
    await session.execute('release savepoint ovis_view');
    return true;
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.sqlState !== INVALID_TABLE_DEFINITION) throw error;
    await session.execute('rollback to savepoint ovis_view; release savepoint ovis_view');
    return false;
  }
}
