import type { AnyNode, Project } from '../project/project.ts';
import { reachable } from './graph.ts';
import { matchesCriterion } from './match-criterion.ts';
import type { SelectionRequest } from './selection-request.ts';
import type { Criterion, Selector } from './selector.ts';

/** What a selection gave, and which of its parts named nothing (a slip worth a warning). */
export interface Selection {
  readonly ids: ReadonlySet<string>;
  readonly unmatched: readonly string[];
}

/**
 * Chooses nodes, sources and exposures. A test is chosen with what it tests, as the request says (dbt's "eager": if a criterion
 * chooses any node that the test reads).
 */
export function selectNodes(project: Project, request: SelectionRequest): Selection {
  const unmatched: string[] = [];
  const choose = (selector: Selector): Set<string> => evaluate({ project, request, unmatched }, selector);
  const { include, exclude, indirect } = request;
  const everything = [...project.nodes.keys(), ...project.sources.keys(), ...project.exposures.keys()];
  const chosen = include === null ? new Set(everything) : choose(include);
  const excluded = exclude === null ? new Set<string>() : choose(exclude);
  const kept = new Set([...chosen].filter((id) => !excluded.has(id)));
  const ids =
    include === null || indirect === 'eager' || indirect === 'empty'
      ? kept
      : withIndirect(project, kept, excluded, indirect);
  return { ids, unmatched };
}

interface Evaluation {
  readonly project: Project;
  readonly request: SelectionRequest;
  readonly unmatched: string[];
}

function evaluate(evaluation: Evaluation, selector: Selector): Set<string> {
  switch (selector.kind) {
    case 'criterion': {
      const chosen = chosenBy(evaluation, selector.criterion);
      return evaluation.request.indirect === 'eager' ? withTests(evaluation.project, chosen) : chosen;
    }
    case 'union':
      return new Set(selector.parts.flatMap((part) => [...evaluate(evaluation, part)]));
    case 'intersection': {
      const [first = new Set<string>(), ...others] = selector.parts.map((part) => evaluate(evaluation, part));
      return new Set([...first].filter((id) => others.every((set) => set.has(id))));
    }
    case 'difference': {
      const minus = evaluate(evaluation, selector.minus);
      return new Set([...evaluate(evaluation, selector.of)].filter((id) => !minus.has(id)));
    }
  }
}

function isTest(project: Project, id: string): boolean {
  const type = project.nodes.get(id)?.resourceType;
  return type === 'test' || type === 'unit_test';
}

function withTests(project: Project, ids: ReadonlySet<string>): Set<string> {
  const all = new Set(ids);
  for (const id of ids) {
    for (const child of project.graph.childrenOf(id)) if (isTest(project, child)) all.add(child);
  }
  return all;
}

/** Tests all of whose nodes are chosen (`cautious`), or chosen or above what is chosen (`buildable`). */
function withIndirect(
  project: Project,
  ids: ReadonlySet<string>,
  excluded: ReadonlySet<string>,
  indirect: 'cautious' | 'buildable',
): Set<string> {
  const { graph } = project;
  const above = indirect === 'cautious' ? new Set<string>() : reachable(ids, (id) => graph.parentsOf(id));
  const all = new Set(ids);
  for (const id of ids) {
    for (const child of graph.childrenOf(id)) {
      if (!isTest(project, child) || excluded.has(child)) continue;
      if (graph.parentsOf(child).every((parent) => ids.has(parent) || above.has(parent))) all.add(child);
    }
  }
  return all;
}

function chosenBy({ project, request, unmatched }: Evaluation, criterion: Criterion): Set<string> {
  const { graph } = project;
  const all: readonly AnyNode[] = [
    ...project.nodes.values(),
    ...project.sources.values(),
    ...project.exposures.values(),
  ];
  const matching = all.filter((node) => matchesCriterion(project, node, criterion, request.state));
  const found = new Set(matching.map(({ uniqueId }) => uniqueId));
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
