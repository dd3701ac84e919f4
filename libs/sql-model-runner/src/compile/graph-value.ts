import type { ExposureNode, Project, SourceNode } from '../project/project.ts';
import { columnsValue, nodeValue } from './node-value.ts';
import { toPython, type Value } from './template-engine.ts';

/** `graph` in templates. */
export function graphValue(project: Project): Value {
  const entries = <T extends { readonly uniqueId: string }>(
    items: Iterable<T>,
    valueOf: (item: T) => unknown,
  ): Readonly<Record<string, unknown>> => Object.fromEntries([...items].map((item) => [item.uniqueId, valueOf(item)]));
  return toPython({
    nodes: entries(
      [...project.nodes.values()].filter(({ resourceType }) => resourceType !== 'unit_test'),
      nodeValue,
    ),
    sources: entries(project.sources.values(), sourceValue),
    exposures: entries(project.exposures.values(), exposureValue),
    metrics: {},
    groups: Object.fromEntries(
      project.groups.map(({ name, owner, packageName }) => [
        `group.${packageName}.${name}`,
        { name, owner, package_name: packageName },
      ]),
    ),
    semantic_models: {},
    saved_queries: {},
  });
}

function sourceValue(source: SourceNode): Readonly<Record<string, unknown>> {
  const { relation, properties } = source;
  return {
    unique_id: source.uniqueId,
    name: source.name,
    source_name: source.sourceName,
    ...relation,
    relation_name: `"${relation.database}"."${relation.schema}"."${relation.identifier}"`,
    resource_type: 'source',
    package_name: source.packageName,
    path: source.originalFilePath,
    original_file_path: source.originalFilePath,
    fqn: [...source.fqn],
    tags: [...source.tags],
    description: source.description,
    source_description: properties.sourceDescription,
    loader: properties.loader,
    loaded_at_field: properties.loadedAtField,
    freshness: properties.freshness,
    columns: columnsValue(source.columns),
    meta: source.config['meta'] ?? {},
    config: source.config,
  };
}

function exposureValue(exposure: ExposureNode): Readonly<Record<string, unknown>> {
  const { properties } = exposure;
  return {
    unique_id: exposure.uniqueId,
    name: exposure.name,
    resource_type: 'exposure',
    package_name: exposure.packageName,
    original_file_path: exposure.originalFilePath,
    fqn: [...exposure.fqn],
    type: properties.type,
    owner: properties.owner,
    label: properties.label,
    maturity: properties.maturity,
    url: properties.url,
    description: exposure.description,
    tags: [...exposure.tags],
    meta: exposure.config['meta'] ?? {},
    config: exposure.config,
    depends_on: { nodes: [...exposure.dependsOn], macros: [] },
  };
}
