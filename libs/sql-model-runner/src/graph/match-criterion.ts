import { display } from '../project/display.ts';
import { SelectionError } from '../errors.ts';
import { isRecord } from '../project/yaml-cursor.ts';
import { materializationOf, type AnyNode, type Project, type ProjectNode } from '../project/project.ts';
import { hasGlob, matchesGlob, matchesPath } from './glob.ts';
import type { Criterion, SelectorMethod } from './selector.ts';
import type { StateFacts } from './state-facts.ts';

type Match = (node: AnyNode, criterion: Criterion, state: StateFacts | null, project: Project) => boolean;

/** Whether a criterion, without its operators, chooses a node. @throws SelectionError for `state:` and its kind without a state. */
export function matchesCriterion(
  project: Project,
  node: AnyNode,
  criterion: Criterion,
  state: StateFacts | null,
): boolean {
  return MATCHES[criterion.method](node, criterion, state, project);
}

const MATCHES: Readonly<Record<SelectorMethod, Match>> = {
  fqn: (node, { value }) =>
    node.resourceType !== 'source' &&
    node.resourceType !== 'exposure' &&
    (matchesFqn(node, node.fqn, value) || matchesFqn(node, node.fqn.slice(1), value)),
  tag: (node, { value }) => node.tags.some((tag) => matchesGlob(tag, value)),
  path: (node, { value }) => matchesFolder(node.originalFilePath, value) || matchesFolder(patchOf(node), value),
  file: (node, { value }) => matchesFile(node.originalFilePath, value),
  source: (node, { value }) =>
    node.resourceType === 'source' && matchesSource(node.packageName, node.sourceName, node.name, value),
  exposure: (node, { value }) => node.resourceType === 'exposure' && matchesNamed(node, value),
  unit_test: (node, { value }) => node.resourceType === 'unit_test' && matchesNamed(node, value),
  resource_type: (node, { value }) => node.resourceType === value,
  config: (node, { methodArguments, value }) => matchesConfig(node, methodArguments, value),
  package: (node, { value }, _, project) => matchesGlob(node.packageName, value === 'this' ? project.name : value),
  test_type: (node, { value }) => matchesTestType(node, value),
  test_name: (node, { value }) =>
    node.resourceType === 'test' && node.test !== undefined && matchesGlob(node.test.name, value),
  group: (node, { value }) => matchesGlob(display(node.config['group'] ?? ''), value),
  access: (node, { value }) => node.resourceType === 'model' && (node.config['access'] ?? 'protected') === value,
  version: (node, { value }) => node.resourceType === 'model' && matchesVersion(node, value),
  state: (node, { raw, value }, state) => {
    const known = needed(state, raw);
    if (node.resourceType === 'source' && value.startsWith('modified.')) return false;
    const [what, aspect = null] = value.split('.');
    if (what === 'new') return !known.has(node.uniqueId);
    if (what === 'old') return known.has(node.uniqueId);
    const isModified = known.has(node.uniqueId) ? known.isModified(node.uniqueId, aspect) : aspect !== 'macros';
    if (what === 'modified') return isModified;
    if (what === 'unmodified') return known.has(node.uniqueId) && !isModified;
    throw new SelectionError(
      raw,
      'expected state:new, state:old, state:modified (with .body, .configs, …) or state:unmodified',
    );
  },
  result: (node, { raw, value }, state) =>
    needed(state, raw).statusOf(node.uniqueId) === (value === 'skip' ? 'skipped' : value),
  source_status: (node, { raw, value }, state) => {
    if (value !== 'fresher') throw new SelectionError(raw, 'expected source_status:fresher');
    return node.resourceType === 'source' && needed(state, raw).isFresher(node.uniqueId);
  },
};

function needed(state: StateFacts | null, raw: string): StateFacts {
  if (state !== null) return state;
  throw new SelectionError(raw, 'it compares with a former run; name the folder of its artifacts with --state');
}

function patchOf(node: AnyNode): string {
  const path = node.resourceType === 'source' || node.resourceType === 'exposure' ? null : node.patchPath;
  return path?.split('://')[1] ?? '';
}

function matchesNamed(node: AnyNode, value: string): boolean {
  const parts = value.split('.');
  if (parts.length === 1) return matchesGlob(node.name, value);
  return matchesGlob(node.packageName, parts[0] ?? '') && matchesGlob(node.name, parts.slice(1).join('.'));
}

function matchesTestType(node: AnyNode, value: string): boolean {
  if (node.resourceType === 'unit_test') return value === 'unit';
  if (node.resourceType !== 'test') return false;
  return value === 'data' || value === (node.test === undefined ? 'singular' : 'generic');
}

function matchesVersion({ version, latestVersion }: ProjectNode, value: string): boolean {
  if (value === 'none') return version === null || version === undefined;
  if (version === null || version === undefined || latestVersion === null || latestVersion === undefined) return false;
  if (value === 'latest') return String(version) === String(latestVersion);
  const order = Number(version) - Number(latestVersion);
  return value === 'prerelease' ? order > 0 : value === 'old' ? order < 0 : String(version) === value;
}

/** `a.b` matches every node below folder `b` of `a`, a bare name the node of that name, with all its versions or with one. */
function matchesFqn(node: AnyNode, fqn: readonly string[], value: string): boolean {
  if (fqn.at(-1) === value) return true;
  const version = node.resourceType === 'model' ? node.version : null;
  if (version !== null && version !== undefined) {
    const name = node.name;
    if ([name, `${name}_v${version}`, `${name}.v${version}`].includes(value)) return true;
  }
  const flat = fqn.flatMap((part) => part.split('.'));
  const wanted = value.split('.');
  if (flat.length < wanted.length) return false;
  for (const [index, part] of wanted.entries()) {
    if (hasGlob(part)) return matchesGlob(flat.slice(index).join('.'), wanted.slice(index).join('.'));
    if (flat[index] !== part) return false;
  }
  return true;
}

function matchesFolder(path: string, value: string): boolean {
  if (path === '') return false;
  const pattern = value.replace(/^\.\//u, '').replace(/\/+$/u, '');
  if (path === pattern || path.startsWith(`${pattern}/`)) return true;
  return hasGlob(pattern) && (matchesPath(path, pattern) || matchesPath(path, `${pattern}/**`));
}

function matchesFile(path: string, value: string): boolean {
  const file = path.slice(path.lastIndexOf('/') + 1);
  return matchesGlob(file, value) || matchesGlob(file.replace(/\.[^.]*$/u, ''), value);
}

function matchesSource(packageName: string, source: string, table: string, value: string): boolean {
  const parts = value.split('.');
  if (parts.length > 3) return false;
  const [wantedPackage, wantedSource, wantedTable] =
    parts.length === 3 ? parts : parts.length === 2 ? ['*', ...parts] : ['*', parts[0], '*'];
  return (
    matchesGlob(packageName, wantedPackage ?? '*') &&
    matchesGlob(source, wantedSource ?? '*') &&
    matchesGlob(table, wantedTable ?? '*')
  );
}

function matchesConfig(node: AnyNode, path: readonly string[], value: string): boolean {
  let found: unknown = node.config;
  const isBuilt = node.resourceType !== 'source' && node.resourceType !== 'exposure';
  if (path.length === 1 && path[0] === 'materialized' && isBuilt) found = materializationOf(node);
  else for (const key of path) found = isRecord(found) && Object.hasOwn(found, key) ? found[key] : undefined;
  const wanted = value.toLowerCase();
  const equals = (item: unknown): boolean =>
    (typeof item === 'string' || typeof item === 'boolean') &&
    (matchesGlob(String(item), value) || (typeof item === 'boolean' && String(item) === wanted));
  if (Array.isArray(found)) return found.some(equals);
  return isRecord(found) ? Object.hasOwn(found, value) : equals(found);
}
