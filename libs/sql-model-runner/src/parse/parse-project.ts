import type { Invocation } from '../compile/base-context.ts';
import type { Variables } from '../compile/variables.ts';
import { ProjectError } from '../errors.ts';
import { findCycle, makeGraph, type Graph } from '../graph/graph.ts';
import { isRecord, parseYaml } from '../project/yaml-cursor.ts';
import { readProjectFile, type ProjectFile } from '../project/project-file.ts';
import {
  materializationOf,
  type Project,
  type ProjectFiles,
  type ProjectNode,
  type ProjectTextFile,
  type Target,
} from '../project/project.ts';
import { nameNode } from './name-nodes.ts';
import { parseMacros } from './parse-macros.ts';
import { parseSeed, parseSqlNode } from './parse-models.ts';
import { parseProperties, yamlRenderer } from './parse-properties.ts';
import { parseGenericTests } from './parse-tests.ts';
import type { DraftNode, ParseState, ProjectProperties } from './parse-state.ts';
import { pathBelow } from './paths.ts';
import { resolveDependencies, type Referable } from './resolve.ts';

export interface ParseOptions {
  readonly target: Target;
  /** Variables given for this run. */
  readonly vars: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly invocation: Invocation;
}

/** Reads dbt_project.yml alone: which folders to read, which profile to use. */
export function parseProjectFile(file: ProjectTextFile, options: ParseOptions): ProjectFile {
  const root = parseYaml(file.path, file.text);
  const name = root.get('name').value;
  const ofProject = isRecord(root.get('vars').value)
    ? (root.get('vars').value as Readonly<Record<string, unknown>>)
    : {};
  const render = yamlRenderer({
    projectName: typeof name === 'string' ? name : '',
    packageName: typeof name === 'string' ? name : '',
    target: options.target,
    variables: { given: options.vars, ofProject, environment: options.env },
    invocation: options.invocation,
    log: () => undefined,
    warn: () => undefined,
  });
  return readProjectFile(root, render);
}

/**
 * Parses a project: nodes with their configuration, names and edges. Pure: the same files, variables and target give the same.
 *
 * @throws ProjectError or JinjaError with the place: duplicates (both files), unknown references (the nearest name), cycles (the path).
 */
export function parseProject(files: ProjectFiles, options: ParseOptions): Project {
  const file = parseProjectFile(files.projectFile, options);
  const variables: Variables = { given: options.vars, ofProject: file.vars, environment: options.env };
  const sqlBelow = (folders: readonly string[]): readonly ProjectTextFile[] =>
    files.texts.filter(({ path }) => path.endsWith('.sql') && pathBelow(path, folders) !== null);
  const genericFolders = file.paths.tests.map((folder) => `${folder}/generic`);
  const library = parseMacros(file.name, [...sqlBelow(file.paths.macros), ...sqlBelow(genericFolders)], file.dispatch);
  const warnings = file.unused.map((key) => `dbt_project.yml: "${key}" is passed over`);
  const state: ParseState = {
    file,
    files,
    target: options.target,
    variables,
    library,
    invocation: options.invocation,
    warnings,
  };
  const properties = parseProperties(state);
  const drafts = parseNodes(state, properties, sqlBelow, genericFolders);
  const enabled = drafts.filter(({ config }) => config['enabled'] !== false);
  warnOfUnknown(state, properties, drafts);
  const nodes = finish(state, properties, drafts, enabled);
  const graph = graphOf(nodes, properties);
  const refs = [...nodes.values()]
    .filter(({ resourceType }) => resourceType !== 'test')
    .map((node) => [node.name, node] as const);
  return {
    name: file.name,
    file,
    target: options.target,
    nodes,
    sources: properties.sources,
    graph,
    warnings,
    library,
    variables,
    readSeed: files.readSeed,
    refs: new Map(refs),
  };
}

function parseNodes(
  state: ParseState,
  properties: ProjectProperties,
  sqlBelow: (folders: readonly string[]) => readonly ProjectTextFile[],
  genericFolders: readonly string[],
): readonly DraftNode[] {
  const { paths } = state.file;
  const models = sqlBelow(paths.models).map((source) => parseSqlNode(state, properties, source, 'model'));
  const seeds = state.files.seeds
    .filter((path) => pathBelow(path, paths.seeds) !== null)
    .map((path) => parseSeed(state, properties, path));
  const singular = sqlBelow(paths.tests)
    .filter(({ path }) => pathBelow(path, genericFolders) === null)
    .map((source) => parseSqlNode(state, properties, source, 'test'));
  refuseDuplicates(
    [...models, ...seeds].filter(({ config }) => config['enabled'] !== false),
    (node) => node.name,
    (node) => `the name "${node.name}"`,
  );
  const known = new Set(
    [...models, ...seeds].filter(({ config }) => config['enabled'] !== false).map(({ name }) => name),
  );
  const generic = parseGenericTests(state, properties, known);
  refuseDuplicates(
    [...singular, ...generic],
    (node) => node.uniqueId,
    (node) => `the test "${node.name}"`,
  );
  return [...models, ...seeds, ...singular, ...generic];
}

function refuseDuplicates(
  nodes: readonly DraftNode[],
  keyOf: (node: DraftNode) => string,
  what: (node: DraftNode) => string,
): void {
  const seen = new Map<string, DraftNode>();
  for (const node of nodes) {
    const other = seen.get(keyOf(node));
    if (other) {
      throw new ProjectError(
        `${what(node)} is taken twice: by ${other.place.file}:${other.place.line ?? 1} and ${node.place.file}:${node.place.line ?? 1}; rename, disable or remove one of them`,
        node.place,
      );
    }
    seen.set(keyOf(node), node);
  }
}

function warnOfUnknown(state: ParseState, properties: ProjectProperties, drafts: readonly DraftNode[]): void {
  const known = new Set(drafts.map(({ resourceType, name }) => `${resourceType} ${name}`));
  for (const [key, { name, kind, place }] of properties.nodes) {
    if (!known.has(key))
      state.warnings.push(`${place.file}:${place.line ?? 1}: describes the ${kind} "${name}", which does not exist`);
  }
}

function finish(
  state: ParseState,
  properties: ProjectProperties,
  drafts: readonly DraftNode[],
  enabled: readonly DraftNode[],
): ReadonlyMap<string, ProjectNode> {
  const referables = (list: readonly DraftNode[]): readonly DraftNode[] =>
    list.filter(({ resourceType }) => resourceType !== 'test');
  const referable: Referable = {
    projectName: state.file.name,
    refs: new Map(referables(enabled).map((node) => [node.name, node.uniqueId])),
    disabled: new Set(
      referables(drafts)
        .filter(({ config }) => config['enabled'] === false)
        .map(({ name }) => name),
    ),
    sources: new Set(properties.sources.keys()),
  };
  const nodes = new Map<string, ProjectNode>();
  const relations = new Map<string, ProjectNode>();
  for (const draft of enabled) {
    const dependsOn = dependenciesOf(state, draft, referable);
    if (dependsOn === null) continue;
    const node = finishNode(state, draft, dependsOn);
    nodes.set(node.uniqueId, node);
    if (node.resourceType === 'test' || materializationOf(node) === 'ephemeral') continue;
    const key = `${node.relation.schema}.${node.relation.identifier}`;
    const other = relations.get(key);
    if (other) {
      throw new ProjectError(
        `"${other.name}" (${other.place.file}) and "${node.name}" (${node.place.file}) would both be built as "${key}"; give one of them another alias or schema`,
        node.place,
      );
    }
    relations.set(key, node);
  }
  return nodes;
}

/** A test of something that is not there is left out with a warning, as in dbt; anything else fails. */
function dependenciesOf(state: ParseState, draft: DraftNode, referable: Referable): readonly string[] | null {
  try {
    return resolveDependencies(draft, referable);
  } catch (error) {
    if (draft.resourceType !== 'test' || !(error instanceof ProjectError)) throw error;
    state.warnings.push(`${error.message}; the test is left out`);
    return null;
  }
}

function finishNode(state: ParseState, draft: DraftNode, dependsOn: readonly string[]): ProjectNode {
  const { findings: _, ...rest } = draft;
  const relation = nameNode(state, draft);
  return { ...rest, packageName: state.file.name, alias: relation.identifier, relation, dependsOn };
}

function graphOf(nodes: ReadonlyMap<string, ProjectNode>, properties: ProjectProperties): Graph {
  const sources = [...properties.sources.keys()].map((id) => [id, []] as const);
  const graph = makeGraph(
    new Map<string, readonly string[]>([
      ...sources,
      ...[...nodes.values()].map((node) => [node.uniqueId, node.dependsOn] as const),
    ]),
  );
  const cycle = findCycle(graph);
  if (cycle) {
    const names = cycle.map((id) => nodes.get(id)?.name ?? id);
    const [first] = cycle;
    throw new ProjectError(
      `models refer to each other in a cycle: ${names.join(' → ')}; remove one of these references`,
      nodes.get(first ?? '')?.place,
    );
  }
  return graph;
}
