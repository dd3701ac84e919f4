import { isRecord } from '../project/yaml-cursor.ts';
import { materializationOf, type AnyNode, type Project } from '../project/project.ts';
import { hasGlob, matchesGlob, matchesPath } from './glob.ts';
import { reachable } from './graph.ts';
import type { Criterion, Selector } from './selector.ts';

/** What a selection gave, and which of its parts named nothing (a slip worth a warning). */
export interface Selection {
  readonly ids: ReadonlySet<string>;
  readonly unmatched: readonly string[];
}

/**
 * Chooses nodes and sources. A test is chosen with what it tests: if a criterion chooses any node that the test reads (dbt's
 * "eager"), unless the criterion chooses by a property of tests.
 *
 * @param select null chooses everything.
 */
export function selectNodes(project: Project, select: Selector | null, exclude: Selector | null): Selection {
  const unmatched: string[] = [];
  const chosen =
    select === null ? new Set([...project.nodes.keys(), ...project.sources.keys()]) : union(project, select, unmatched);
  const excluded = exclude === null ? new Set<string>() : union(project, exclude, unmatched);
  return { ids: new Set([...chosen].filter((id) => !excluded.has(id))), unmatched };
}

function union(project: Project, selector: Selector, unmatched: string[]): Set<string> {
  const ids = new Set<string>();
  for (const part of selector) {
    const sets = part.map((criterion) => withTests(project, chosenBy(project, criterion, unmatched)));
    const [first = new Set<string>(), ...others] = sets;
    for (const id of first) if (others.every((set) => set.has(id))) ids.add(id);
  }
  return ids;
}

function withTests(project: Project, ids: ReadonlySet<string>): Set<string> {
  const all = new Set(ids);
  for (const id of ids) {
    for (const child of project.graph.childrenOf(id))
      if (project.nodes.get(child)?.resourceType === 'test') all.add(child);
  }
  return all;
}

function chosenBy(project: Project, criterion: Criterion, unmatched: string[]): Set<string> {
  const { graph } = project;
  const found = new Set<string>();
  for (const node of [...project.nodes.values(), ...project.sources.values()]) {
    if (matches(node, criterion)) found.add(node.uniqueId);
  }
  if (found.size === 0) unmatched.push(criterion.raw);
  const parents = (id: string): readonly string[] => graph.parentsOf(id);
  const children = (id: string): readonly string[] => graph.childrenOf(id);
  if (criterion.childrensParents) {
    const below = new Set([...found, ...reachable(found, children)]);
    return new Set([...below, ...reachable(below, parents)]);
  }
  return new Set([
    ...found,
    ...reachable(found, parents, criterion.parentsDepth),
    ...reachable(found, children, criterion.childrenDepth),
  ]);
}

function matches(node: AnyNode, { method, methodArguments, value }: Criterion): boolean {
  switch (method) {
    case 'fqn':
      return node.resourceType !== 'source' && (matchesFqn(node.fqn, value) || matchesFqn(node.fqn.slice(1), value));
    case 'tag':
      return node.tags.some((tag) => matchesGlob(tag, value));
    case 'path':
      return matchesFolder(node.originalFilePath, value);
    case 'file':
      return matchesFile(node.originalFilePath, value);
    case 'source':
      return node.resourceType === 'source' && matchesSource(node.packageName, node.sourceName, node.name, value);
    case 'resource_type':
      return node.resourceType === value;
    case 'config':
      return matchesConfig(node, methodArguments, value);
    case 'package':
      return matchesGlob(node.packageName, value);
    case 'test_type':
      return node.resourceType === 'test' && matchesTestType(node.test === undefined ? 'singular' : 'generic', value);
    case 'test_name':
      return node.resourceType === 'test' && node.test !== undefined && matchesGlob(node.test.name, value);
  }
}

function matchesTestType(type: 'singular' | 'generic', value: string): boolean {
  return value === 'data' || value === type;
}

/** `a.b` matches every node below folder `b` of `a`, a bare name the node of that name. */
function matchesFqn(fqn: readonly string[], value: string): boolean {
  if (fqn.at(-1) === value) return true;
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
  if (path.length === 1 && path[0] === 'materialized' && node.resourceType !== 'source')
    found = materializationOf(node);
  else for (const key of path) found = isRecord(found) && Object.hasOwn(found, key) ? found[key] : undefined;
  const wanted = value.toLowerCase();
  const equals = (item: unknown): boolean =>
    (typeof item === 'string' || typeof item === 'number' || typeof item === 'boolean') &&
    (matchesGlob(String(item), value) || (typeof item === 'boolean' && String(item) === wanted));
  if (Array.isArray(found)) return found.some(equals);
  return isRecord(found) ? Object.hasOwn(found, value) : equals(found);
}
