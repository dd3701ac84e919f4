import type { ProjectNode } from '../project/project.ts';

/** Where a node's SQL lies below `target/compiled`, as dbt lays it out. */
export function compiledPath(node: ProjectNode): string {
  const path = `${node.packageName}/${node.originalFilePath}`;
  if (node.resourceType === 'unit_test') return `${path}/${node.name}.sql`;
  if (node.resourceType === 'snapshot') return `${path}/${node.name}.sql`;
  if (node.test === undefined) return path;
  const short = node.path.slice(node.path.lastIndexOf('/') + 1);
  return `${path}/${short}`;
}
