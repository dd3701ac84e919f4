import { ModelRunnerError } from '../errors.ts';
import { materializationOf, type Project, type ProjectNode } from '../project/project.ts';
import type { Session } from '../warehouse/warehouse.ts';

/** Whether a node is built as a table that a crash of the server empties. */
export function isUnloggedTable(node: ProjectNode): boolean {
  return (
    node.resourceType === 'model' &&
    node.config['unlogged'] === true &&
    ['table', 'incremental'].includes(materializationOf(node))
  );
}

/** The unlogged models that a node reads, itself or through views and ephemeral models. */
export function unloggedParents(project: Project, node: ProjectNode): readonly ProjectNode[] {
  const found = new Map<string, ProjectNode>();
  const seen = new Set<string>([node.uniqueId]);
  const left = [...node.dependsOn];
  for (let id = left.pop(); id !== undefined; id = left.pop()) {
    const parent = project.nodes.get(id);
    if (parent === undefined || seen.has(id)) continue;
    seen.add(id);
    if (isUnloggedTable(parent)) found.set(id, parent);
    else if (['view', 'ephemeral'].includes(materializationOf(parent))) left.push(...parent.dependsOn);
  }
  return [...found.values()];
}

/**
 * Refuses to read a table that a crash of the server emptied: a test would pass on nothing, and a table that is built from nothing
 * would replace good rows. A table that holds rows, though this runner did not build it, is read.
 *
 * @throws ModelRunnerError that names the table.
 */
export async function refuseStaleParents(project: Project, node: ProjectNode, session: Session): Promise<void> {
  for (const { name, relation } of unloggedParents(project, node)) {
    const existing = await session.findRelation(relation);
    if (existing === null || !(await session.wasReset(existing)) || !(await session.isEmpty(existing))) continue;
    throw new ModelRunnerError(
      `reads "${relation.schema}"."${relation.identifier}", which a crash of the server emptied (or this runner never built); build "${name}" first, e.g. with --select ${name}+`,
      'terminal',
    );
  }
}
