import { loadProject, type Project } from '@ovis/sql-model-runner';
import type { ModelNode } from './asset-graph.ts';

/**
 * Reads from a dbt project what its models and seeds depend on; needs no database.
 *
 * @throws its parse errors, with file and line.
 */
export async function readModels(directory: string): Promise<readonly ModelNode[]> {
  const project = await loadProject({
    projectDir: directory,
    target: {
      name: 'warehouse',
      profileName: 'ovis',
      type: 'postgres',
      schema: 'staging',
      database: 'ovis',
      threads: 1,
    },
  });
  return [...project.nodes.values()].flatMap((node) => {
    const { resourceType: kind } = node;
    if (kind !== 'model' && kind !== 'seed') return [];
    return [
      {
        name: `${node.relation.schema}.${node.relation.identifier}`,
        kind,
        description: /^.*?[.](?=\s|$)/s.exec(node.description)?.[0] ?? node.description,
        upstream: [...new Set(node.dependsOn.flatMap((id) => relationOf(project, id)))],
      },
    ];
  });
}

function relationOf(project: Project, uniqueId: string): readonly string[] {
  const node = project.nodes.get(uniqueId) ?? project.sources.get(uniqueId);
  return node ? [`${node.relation.schema}.${node.relation.identifier}`] : [];
}
