import type { NodeConfig } from '../project/config.ts';
import { materializationOf, type ProjectNode } from '../project/project.ts';
import type { ColumnProperties, ConstraintProperties } from '../project/properties.ts';
import { toPython, type Value } from './template-engine.ts';

/** A node whose name and edges may not be known yet. */
export type NodeInSight = Omit<ProjectNode, 'alias' | 'relation' | 'dependsOn' | 'place'> &
  Partial<Pick<ProjectNode, 'alias' | 'relation' | 'dependsOn'>>;

/** `model`, `node` and the members of `graph.nodes`: a node in the form of dbt's manifest. */
export function nodeValue(node: NodeInSight, more: Readonly<Record<string, unknown>> = {}): Value {
  const { relation } = node;
  return toPython({
    unique_id: node.uniqueId,
    resource_type: node.resourceType,
    package_name: node.packageName,
    name: node.name,
    alias: node.alias ?? node.name,
    database: relation?.database ?? null,
    schema: relation?.schema ?? null,
    relation_name:
      relation === undefined ? null : `"${relation.database}"."${relation.schema}"."${relation.identifier}"`,
    original_file_path: node.originalFilePath,
    path: node.path,
    root_path: '',
    patch_path: node.patchPath ?? null,
    fqn: [...node.fqn],
    tags: [...node.tags],
    description: node.description,
    raw_code: node.rawCode,
    raw_sql: node.rawCode,
    language: 'sql',
    version: node.version ?? null,
    latest_version: node.latestVersion ?? null,
    access: node.config['access'] ?? 'protected',
    group: node.config['group'] ?? null,
    config: configValue(node),
    unrendered_config: node.config,
    meta: node.config['meta'] ?? {},
    docs: node.config['docs'] ?? { show: true },
    columns: columnsValue(node.columns),
    constraints: (node.constraints ?? []).map(constraintValue),
    contract: { enforced: enforcesContract(node.config), alias_types: true, checksum: null },
    depends_on: { nodes: [...(node.dependsOn ?? [])], macros: [...(node.macros ?? [])] },
    refs: (node.refs ?? []).map(({ name, packageName, version }) => ({ name, package: packageName, version })),
    sources: (node.sources ?? []).map((source) => [...source]),
    ...(node.test === undefined
      ? {}
      : {
          test_metadata: { ...node.test },
          column_name: node.columnName ?? null,
          attached_node: node.attachedTo ?? null,
        }),
    ...more,
  });
}

export function enforcesContract(config: NodeConfig): boolean {
  const contract = config['contract'];
  return (
    typeof contract === 'object' && contract !== null && (contract as Record<string, unknown>)['enforced'] === true
  );
}

/** The configuration with dbt's spelling of the hooks, and its defaults. */
export function configValue(node: NodeInSight): NodeConfig {
  const { config } = node;
  const hooks = { 'pre-hook': config['pre_hook'] ?? [], 'post-hook': config['post_hook'] ?? [] };
  const materialized = materializationOf(node as ProjectNode);
  return {
    enabled: true,
    alias: null,
    schema: null,
    database: null,
    tags: [],
    meta: {},
    ...config,
    materialized,
    ...hooks,
  };
}

export function constraintValue(constraint: ConstraintProperties): Readonly<Record<string, unknown>> {
  return {
    type: constraint.type,
    name: constraint.name,
    expression: constraint.expression,
    columns: [...constraint.columns],
    to: constraint.to,
    to_columns: [...constraint.toColumns],
    warn_unenforced: true,
    warn_unsupported: true,
  };
}

export function columnsValue(columns: readonly ColumnProperties[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    columns.map(({ name, description, dataType, quote, tags, meta, constraints = [] }) => [
      name,
      {
        name,
        description,
        data_type: dataType,
        quote,
        tags: [...tags],
        meta,
        // A constraint of a column names no columns.
        constraints: constraints.map((constraint) => {
          const { columns: _, ...value } = constraintValue(constraint);
          return value;
        }),
      },
    ]),
  );
}
