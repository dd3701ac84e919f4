import { randomUUID } from 'node:crypto';
import { compileNode } from '../compile/compile-node.ts';
import type { Invocation } from '../compile/base-context.ts';
import { materializationOf, type Project, type ProjectNode } from '../project/project.ts';
import type { Session, Warehouse } from '../warehouse/warehouse.ts';
import { plainAccess } from './database-access.ts';
import { operationNode } from './operation-node.ts';

/** One node as SQL. */
export interface CompiledSql {
  readonly node: ProjectNode;
  readonly sql: string;
}

const silent = (): void => undefined;

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
  const invocation = compileInvocation(options.fullRefresh ?? false);
  const nodes = [...options.ids]
    .flatMap((id) => project.nodes.get(id) ?? [])
    .filter(({ resourceType }) => resourceType !== 'seed' && resourceType !== 'unit_test');
  const compileAll = async (session: Session | null): Promise<readonly CompiledSql[]> => {
    const compiled: CompiledSql[] = [];
    for (const node of nodes) {
      const isIncremental = session !== null && !invocation.fullRefresh && (await goesOn(session, node));
      const access = session === null ? null : plainAccess(session);
      const { sql } = await compileNode({
        project,
        node,
        invocation,
        access,
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

/** Renders SQL that is in no file. @throws JinjaError, ModelRunnerError */
export async function compileInline(options: {
  readonly project: Project;
  readonly warehouse: Warehouse | null;
  readonly sql: string;
  readonly signal?: AbortSignal;
}): Promise<string> {
  const { project, warehouse, sql: text, signal } = options;
  const node = operationNode(project, 'inline_query', { sql: text });
  const compile = async (session: Session | null): Promise<string> => {
    const access = session === null ? null : plainAccess(session);
    const invocation = compileInvocation(false);
    const context = {
      project,
      node,
      invocation,
      access,
      isIncremental: false,
      log: silent,
      warn: silent,
      mayReferToAll: true,
    };
    return (await compileNode(context)).sql;
  };
  return warehouse ? warehouse.withSession(compile, signal) : compile(null);
}

function compileInvocation(fullRefresh: boolean): Invocation {
  return { id: randomUUID(), startedAt: new Date(), verb: 'compile', fullRefresh };
}

async function goesOn(session: Session, node: ProjectNode): Promise<boolean> {
  if (materializationOf(node) !== 'incremental' || node.config['full_refresh'] === true) return false;
  const existing = await session.findRelation(node.relation);
  if (existing?.kind !== 'table' || (await session.wasReset(existing))) return false;
  return (await session.rebuildReason(existing, node)) === null;
}
