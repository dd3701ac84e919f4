import { randomUUID } from 'node:crypto';
import { compileNode } from '../compile/compile-node.ts';
import { materializationOf, type Project, type ProjectNode } from '../project/project.ts';
import type { Session, Warehouse } from '../warehouse/warehouse.ts';

/** One node as SQL. */
export interface CompiledSql {
  readonly node: ProjectNode;
  readonly sql: string;
}

/**
 * Renders nodes without running them. With a warehouse `is_incremental()` and queries answer from the database; without one no
 * model is incremental and a query while rendering is an error.
 *
 * @throws JinjaError, ModelRunnerError at the first node that cannot be rendered.
 */
export async function compileProject(options: {
  readonly project: Project;
  readonly ids: ReadonlySet<string>;
  readonly warehouse: Warehouse | null;
  readonly fullRefresh?: boolean;
  readonly signal?: AbortSignal;
}): Promise<readonly CompiledSql[]> {
  const { project, warehouse, signal } = options;
  const invocation = {
    id: randomUUID(),
    startedAt: new Date(),
    verb: 'compile',
    fullRefresh: options.fullRefresh ?? false,
  };
  const nodes = [...options.ids]
    .flatMap((id) => project.nodes.get(id) ?? [])
    .filter(({ resourceType }) => resourceType !== 'seed');
  const compileAll = async (session: Session | null): Promise<readonly CompiledSql[]> => {
    const compiled: CompiledSql[] = [];
    for (const node of nodes) {
      const isIncremental = session !== null && !invocation.fullRefresh && (await goesOn(session, node));
      const silent = (): void => undefined;
      const { sql } = await compileNode({
        project,
        node,
        invocation,
        access: session,
        isIncremental,
        log: silent,
        warn: silent,
      });
      compiled.push({ node, sql });
    }
    return compiled;
  };
  return warehouse ? warehouse.withSession(compileAll, signal) : compileAll(null);
}

async function goesOn(session: Session, node: ProjectNode): Promise<boolean> {
  if (materializationOf(node) !== 'incremental' || node.config['full_refresh'] === true) return false;
  const existing = await session.findRelation(node.relation);
  return existing?.kind === 'table' && !(await session.wasReset(existing));
}
