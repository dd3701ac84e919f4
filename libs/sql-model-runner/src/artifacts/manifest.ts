import type { Invocation } from '../compile/base-context.ts';
import { macroId } from '../compile/macro-library.ts';
import type { NodeLineage, ProjectLineage } from '../lineage/project-lineage.ts';
import { lineageAsJson } from '../lineage/render-trace.ts';
import type { Project, ProjectNode } from '../project/project.ts';
import type { FixtureProperties } from '../project/properties.ts';
import { isRecord } from '../project/yaml-cursor.ts';
import { manifestMetadata } from './metadata.ts';
import { manifestExposure, manifestNode, manifestSource } from './manifest-node.ts';

/**
 * `manifest.json`, in version 12 of dbt's schema.
 *
 * @param compiled rendered SQL by unique id, as far as there is some.
 * @param lineage origins of columns, as `ovis_lineage` in the nodes' `config`: the one place where the schema lets others add keys.
 */
export function manifestArtifact(
  project: Project,
  invocation: Invocation,
  compiled: ReadonlyMap<string, string>,
  now: Date,
  lineage: ProjectLineage | null = null,
): object {
  return { metadata: manifestMetadata(project.name, invocation, now), ...manifestBody(project, compiled, lineage) };
}

/** All of the manifest but its `metadata`: the same for the same project. */
export function manifestBody(
  project: Project,
  compiled: ReadonlyMap<string, string>,
  lineage: ProjectLineage | null = null,
): object {
  const all = [...project.nodes.values()];
  const nodes = all.filter(({ resourceType }) => resourceType !== 'unit_test');
  const unitTests = all.filter(({ resourceType }) => resourceType === 'unit_test');
  const byId = <T>(
    items: readonly T[],
    idOf: (item: T) => string,
    valueOf: (item: T) => unknown,
  ): Record<string, unknown> => Object.fromEntries(items.map((item) => [idOf(item), valueOf(item)]));
  const { graph } = project;
  return {
    nodes: byId(
      nodes,
      (node) => node.uniqueId,
      (node) => withLineage(manifestNode(node, compiled.get(node.uniqueId)), lineage?.get(node.uniqueId)),
    ),
    sources: byId([...project.sources.values()], (source) => source.uniqueId, manifestSource),
    macros: byId(project.library.entries(), macroId, (entry) => ({
      name: entry.name,
      resource_type: 'macro',
      package_name: entry.packageName,
      path: entry.file,
      original_file_path: entry.file,
      unique_id: macroId(entry),
      macro_sql: entry.definition.source,
      depends_on: { macros: [] },
      description: '',
      meta: {},
      config: { meta: {}, docs: { show: true, node_color: null } },
      docs: { show: true, node_color: null },
      patch_path: null,
      arguments: [],
      created_at: 0,
      supported_languages: null,
    })),
    docs: Object.fromEntries(
      [...project.docs.values()].map(({ packageName, name, file, text }) => [
        `doc.${packageName}.${name}`,
        {
          name,
          resource_type: 'doc',
          package_name: packageName,
          path: file,
          original_file_path: file,
          unique_id: `doc.${packageName}.${name}`,
          block_contents: text,
        },
      ]),
    ),
    exposures: byId([...project.exposures.values()], (exposure) => exposure.uniqueId, manifestExposure),
    metrics: {},
    groups: Object.fromEntries(
      project.groups.map(({ name, packageName, owner, description, config, place }) => [
        `group.${packageName}.${name}`,
        {
          name,
          resource_type: 'group',
          package_name: packageName,
          path: place.file,
          original_file_path: place.file,
          unique_id: `group.${packageName}.${name}`,
          owner: { email: owner['email'] ?? null, name: owner['name'] ?? null, config: { meta: {}, tags: [] } },
          description,
          config: { meta: config['meta'] ?? {} },
        },
      ]),
    ),
    selectors: {},
    disabled: byIdLists(project.disabled),
    parent_map: Object.fromEntries(graph.ids.map((id) => [id, [...graph.parentsOf(id)].toSorted()])),
    child_map: Object.fromEntries(graph.ids.map((id) => [id, [...graph.childrenOf(id)].toSorted()])),
    group_map: groupMap(project),
    saved_queries: {},
    semantic_models: {},
    unit_tests: byId(unitTests, (node) => node.uniqueId, manifestUnitTest),
    functions: {},
  };
}

function withLineage(
  node: Readonly<Record<string, unknown>>,
  lineage: NodeLineage | undefined,
): Readonly<Record<string, unknown>> {
  if (lineage === undefined) return node;
  const config = isRecord(node['config']) ? node['config'] : {};
  return { ...node, config: { ...config, ovis_lineage: lineageAsJson(lineage) } };
}

function byIdLists(nodes: readonly ProjectNode[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(nodes.map((node) => [node.uniqueId, [manifestNode(node, undefined)]]));
}

function groupMap(project: Project): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    project.groups.map(({ name }) => [
      name,
      [...project.nodes.values()].filter(({ config }) => config['group'] === name).map(({ uniqueId }) => uniqueId),
    ]),
  );
}

function manifestUnitTest(node: ProjectNode): Readonly<Record<string, unknown>> {
  const test = node.unitTest;
  const fixture = (given: FixtureProperties | undefined): Readonly<Record<string, unknown>> => ({
    rows: given?.rows ?? null,
    format: given?.format ?? 'dict',
    fixture: given?.fixture ?? null,
  });
  return {
    model: test?.model ?? '',
    given: (test?.given ?? []).map((given) => ({ input: given.input, ...fixture(given) })),
    expect: fixture(test?.expect),
    name: node.name,
    resource_type: 'unit_test',
    package_name: node.packageName,
    path: node.path,
    original_file_path: node.originalFilePath,
    unique_id: node.uniqueId,
    fqn: [...node.fqn],
    description: node.description,
    overrides: null,
    depends_on: { macros: [], nodes: [...node.dependsOn] },
    config: { tags: [...node.tags], meta: {}, enabled: true },
    checksum: null,
    schema: node.relation.schema,
    created_at: 0,
    versions: null,
    version: null,
  };
}
