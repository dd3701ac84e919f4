import type { NodeConfig } from '../project/config.ts';
import type { ProjectNode } from '../project/project.ts';
import type { ColumnProperties } from '../project/properties.ts';
import { toPython, type Value } from './template-engine.ts';

/** `model`, `node` and the members of `graph.nodes`: a node in the form of dbt's manifest. */
export function nodeValue(
  node: Omit<ProjectNode, 'alias' | 'relation' | 'dependsOn' | 'place'> &
    Partial<Pick<ProjectNode, 'alias' | 'relation' | 'dependsOn'>>,
): Value {
  return toPython({
    unique_id: node.uniqueId,
    resource_type: node.resourceType,
    package_name: node.packageName,
    name: node.name,
    alias: node.alias ?? node.name,
    database: node.relation?.database ?? null,
    schema: node.relation?.schema ?? null,
    original_file_path: node.originalFilePath,
    path: node.path,
    fqn: [...node.fqn],
    tags: [...node.tags],
    description: node.description,
    raw_code: node.rawCode,
    language: 'sql',
    version: null,
    config: configValue(node.config),
    meta: node.config['meta'] ?? {},
    columns: columnsValue(node.columns),
    depends_on: { nodes: [...(node.dependsOn ?? [])], macros: [] },
    ...(node.test === undefined ? {} : { test_metadata: { ...node.test }, column_name: node.columnName ?? null }),
  });
}

/** The configuration with dbt's spelling of the hooks. */
function configValue(config: NodeConfig): NodeConfig {
  return { ...config, 'pre-hook': config['pre_hook'] ?? [], 'post-hook': config['post_hook'] ?? [] };
}

function columnsValue(columns: readonly ColumnProperties[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    columns.map(({ name, description, dataType, quote, tags, meta }) => [
      name,
      { name, description, data_type: dataType, quote, tags: [...tags], meta, constraints: [] },
    ]),
  );
}
