import { hooksOf } from '../compile/hook-config.ts';
import type { MacroEntry } from '../compile/macro-library.ts';
import { runScope } from '../compile/run-context.ts';
import { callValue, toPython } from '../compile/template-engine.ts';
import type { Session } from '../warehouse/warehouse.ts';
import { TransactionalAccess } from './database-access.ts';
import { compileRun, contextOf, type NodeOutcome, type NodeRun } from './node-run.ts';

/** Builds a node by a materialization that the project or a package defines, in one transaction as far as it commits none itself. */
export async function runCustom(run: NodeRun, session: Session, macro: MacroEntry): Promise<NodeOutcome> {
  const { node, invocation } = run;
  const access = new TransactionalAccess(session);
  try {
    const existing = await session.findRelation(node.relation);
    const configured = node.config['full_refresh'];
    const fullRefresh = typeof configured === 'boolean' ? configured : invocation.fullRefresh;
    const isIncremental = existing?.kind === 'table' && !fullRefresh && node.config['materialized'] === 'incremental';
    const compiled = await compileRun(run, access, { isIncremental });
    const hooks = (key: 'pre_hook' | 'post_hook'): unknown =>
      hooksOf(node.config, key).map(({ sql, transaction }) => ({ sql, transaction }));
    const scope = runScope({
      ...contextOf(run, access, { isIncremental, compiledCode: compiled.sql }),
      onEphemeral: () => undefined,
      extra: {
        sql: () => compiled.sql,
        pre_hooks: () => toPython(hooks('pre_hook')),
        post_hooks: () => toPython(hooks('post_hook')),
      },
    });
    await callValue(scope.bind(macro), { positional: [], keyword: new Map() });
    await access.rollBack();
    await run.onBuilt(access.statements);
    return { status: 'success', relation: node.relation, rows: access.lastRowCount, message: null };
  } catch (error) {
    await access.rollBack().catch(() => undefined);
    throw error;
  }
}
