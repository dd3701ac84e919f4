import type { AnyNode, Project } from '../project/project.ts';
import { reachable } from './graph.ts';
import { matchesCriterion } from './match-criterion.ts';
import type { SelectionRequest } from './selection-request.ts';
import type { Criterion, IndirectSelection, Selector } from './selector.ts';

/** What a selection gave, and which of its parts named nothing (a slip worth a warning). */
export interface Selection {
  readonly ids: ReadonlySet<string>;
  readonly unmatched: readonly string[];
}

/** What a part of a selection chose, and tests that it would choose if all they read were chosen. */
interface Choice {
  readonly direct: ReadonlySet<string>;
  readonly indirect: ReadonlySet<string>;
}

const NOTHING: ReadonlySet<string> = new Set();

/**
 * Chooses nodes, sources and exposures. A test is chosen with what it tests, as the request or a criterion says (dbt's "eager": if a
 * criterion chooses any node that the test reads).
 */
export function selectNodes(project: Project, request: SelectionRequest): Selection {
  const unmatched: string[] = [];
  const choose = (selector: Selector): ReadonlySet<string> =>
    evaluate({ project, request, unmatched }, selector).direct;
  const { include, exclude } = request;
  const everything = [...project.nodes.keys(), ...project.sources.keys(), ...project.exposures.keys()];
  const chosen = include === null ? new Set(everything) : choose(include);
  const excluded = exclude === null ? NOTHING : choose(exclude);
  return { ids: new Set([...chosen].filter((id) => !excluded.has(id))), unmatched };
}

interface Evaluation {
  readonly project: Project;
  readonly request: SelectionRequest;
  readonly unmatched: string[];
}

function evaluate(evaluation: Evaluation, selector: Selector): Choice {
  const { project, request } = evaluation;
  if (selector.kind === 'criterion') {
    const indirect = selector.criterion.indirect ?? request.indirect;
    return withTests(project, chosenBy(evaluation, selector.criterion), indirect);
  }
  const parts = selector.kind === 'difference' ? [selector.of, selector.minus] : selector.parts;
  const choices = parts.map((part) => evaluate(evaluation, part));
  const direct = COMBINE[selector.kind](choices.map((choice) => choice.direct));
  const indirect = COMBINE[selector.kind](choices.map((choice) => new Set([...choice.direct, ...choice.indirect])));
  const isGathering = selector.kind !== 'difference' && selector.gathersTests === true;
  return isGathering ? gathered(project, { direct, indirect }, request.indirect) : { direct, indirect };
}

const COMBINE = {
  union: (sets: readonly ReadonlySet<string>[]): ReadonlySet<string> => new Set(sets.flatMap((set) => [...set])),
  intersection: ([first = NOTHING, ...others]: readonly ReadonlySet<string>[]): ReadonlySet<string> =>
    new Set([...first].filter((id) => others.every((set) => set.has(id)))),
  difference: ([first = NOTHING, ...others]: readonly ReadonlySet<string>[]): ReadonlySet<string> =>
    new Set([...first].filter((id) => !others.some((set) => set.has(id)))),
} as const;

function isTest(project: Project, id: string): boolean {
  const type = project.nodes.get(id)?.resourceType;
  return type === 'test' || type === 'unit_test';
}

/** What a criterion chose with its tests: all (`eager`), those all of whose nodes are chosen (`cautious`), or are above too (`buildable`). */
function withTests(project: Project, ids: ReadonlySet<string>, how: IndirectSelection): Choice {
  if (how === 'empty') return { direct: ids, indirect: NOTHING };
  const { graph } = project;
  const direct = new Set(ids);
  const indirect = new Set<string>();
  const isReadable = readableFrom(project, ids, how);
  for (const id of ids) {
    for (const child of graph.childrenOf(id)) {
      if (!isTest(project, child)) continue;
      const isComplete = how === 'eager' || graph.parentsOf(child).every(isReadable);
      (isComplete ? direct : indirect).add(child);
    }
  }
  return { direct, indirect };
}

function readableFrom(project: Project, ids: ReadonlySet<string>, how: IndirectSelection): (parent: string) => boolean {
  if (how !== 'buildable') return (parent) => ids.has(parent);
  const above = reachable(ids, (id) => project.graph.parentsOf(id));
  return (parent) => ids.has(parent) || above.has(parent) || project.sources.has(parent);
}

/** Tests that no part chose alone, but whose nodes the parts together do. */
function gathered(project: Project, { direct, indirect }: Choice, how: IndirectSelection): Choice {
  if (how === 'eager' || how === 'empty') return { direct, indirect };
  const isReadable = readableFrom(project, direct, how);
  const complete = [...indirect].filter((id) => project.graph.parentsOf(id).every(isReadable));
  return { direct: new Set([...direct, ...complete]), indirect };
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
