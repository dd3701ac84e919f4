import type { Connect, Project, ProjectNode } from '@ovis/sql-model-runner';

/**
 * The models that others read and that were never built: those of a source that is not set, or brought nothing yet. Their tables are
 * empty, but what joins them can be built.
 *
 * @param ids of the nodes that are to be built anyway.
 * @returns the models to build beside them, and their own parents that are missing.
 */
export async function missingParents(
  project: Project,
  ids: ReadonlySet<string>,
  connect: Connect,
  signal?: AbortSignal,
): Promise<readonly ProjectNode[]> {
  const others = ancestors(project, ids).filter(({ config }) => config.materialized !== 'ephemeral');
  if (others.length === 0) return [];
  await using warehouse = await connect({ sessions: 1 });
  return await warehouse.withSession(async (session) => {
    const missing: ProjectNode[] = [];
    for (const node of others) if ((await session.findRelation(node.relation)) === null) missing.push(node);
    return missing;
  }, signal);
}

/** The models and seeds above some nodes, those left out. */
function ancestors(project: Project, ids: ReadonlySet<string>): readonly ProjectNode[] {
  const found = new Map<string, ProjectNode>();
  const open = [...ids];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    for (const parent of project.nodes.get(id)?.dependsOn ?? []) {
      const node = project.nodes.get(parent);
      if (!node || found.has(parent) || ids.has(parent)) continue;
      if (node.resourceType !== 'model' && node.resourceType !== 'seed') continue;
      found.set(parent, node);
      open.push(parent);
    }
  }
  return [...found.values()];
}
