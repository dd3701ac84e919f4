import { ProjectError } from '../errors.ts';
import type { ProjectTextFile } from '../project/project.ts';
import { parseSeed, parseSqlNode } from './parse-models.ts';
import { parseSnapshots } from './parse-snapshots.ts';
import { parseGenericTests } from './parse-tests.ts';
import type { DraftNode, ParseState, ProjectProperties } from './parse-state.ts';
import { pathBelow } from './paths.ts';

/** Every node of one package, disabled ones too. @throws ProjectError, JinjaError with the place. */
export function parseNodes(state: ParseState, properties: ProjectProperties): readonly DraftNode[] {
  const { paths } = state.file;
  const sqlBelow = (folders: readonly string[]): readonly ProjectTextFile[] =>
    state.files.texts.filter(({ path }) => path.endsWith('.sql') && pathBelow(path, folders) !== null);
  const genericFolders = paths.tests.flatMap((folder) => [`${folder}/generic`, `${folder}/fixtures`]);
  const models = sqlBelow(paths.models)
    .filter(({ text }) => !/\{%-?\s*snapshot\s/u.test(text))
    .map((source) => parseSqlNode(state, properties, source, 'model'));
  const analyses = sqlBelow(paths.analyses).map((source) => parseSqlNode(state, properties, source, 'analysis'));
  const seeds = state.files.seeds
    .filter((path) => pathBelow(path, paths.seeds) !== null)
    .map((path) => parseSeed(state, properties, path));
  const snapshots = parseSnapshots(state, properties, [...sqlBelow(paths.snapshots), ...sqlBelow(paths.models)]);
  const singular = sqlBelow(paths.tests)
    .filter(({ path }) => pathBelow(path, genericFolders) === null)
    .map((source) => parseSqlNode(state, properties, source, 'test'));
  const built = [...models, ...seeds, ...snapshots];
  const enabled = built.filter(({ config }) => config['enabled'] !== false);
  refuseDuplicates(enabled, keyOf, (node) => `the name "${node.name}"`);
  const known = new Map(enabled.map((node) => [`${node.resourceType} ${keyOf(node)}`, node]));
  const generic = parseGenericTests(state, properties, known);
  const tests = [...singular, ...generic];
  refuseDuplicates(
    tests,
    (node) => node.uniqueId,
    (node) => `the test "${node.name}"`,
  );
  warnOfUnknown(state, properties, [...built, ...tests, ...analyses]);
  return [...built, ...analyses, ...tests];
}

function keyOf({ name, version }: DraftNode): string {
  return version === null || version === undefined ? name : `${name}.v${version}`;
}

function refuseDuplicates(
  nodes: readonly DraftNode[],
  keyOfNode: (node: DraftNode) => string,
  what: (node: DraftNode) => string,
): void {
  const seen = new Map<string, DraftNode>();
  for (const node of nodes) {
    const other = seen.get(keyOfNode(node));
    if (other) {
      throw new ProjectError(
        `${what(node)} is taken twice: by ${other.place.file}:${other.place.line ?? 1} and ${node.place.file}:${node.place.line ?? 1}; rename, disable or remove one of them`,
        node.place,
      );
    }
    seen.set(keyOfNode(node), node);
  }
}

function warnOfUnknown(state: ParseState, properties: ProjectProperties, drafts: readonly DraftNode[]): void {
  const known = new Set(drafts.map(({ resourceType, name }) => `${resourceType} ${name}`));
  for (const [key, { name, kind, place }] of properties.nodes) {
    const isThere = kind === 'macro' ? state.library.findIn(state.file.name, name) !== undefined : known.has(key);
    if (!isThere)
      state.warnings.push(`${place.file}:${place.line ?? 1}: describes the ${kind} "${name}", which does not exist`);
  }
}
