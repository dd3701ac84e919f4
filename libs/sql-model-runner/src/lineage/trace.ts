import type { ColumnPath, Flow, Usage } from './flow.ts';
import { flowsFrom, originsOf, type ProjectLineage } from './project-lineage.ts';

/** One step between two nodes. */
export interface LineageEdge {
  readonly from: ColumnPath;
  /** Column null: which rows there are, whatever the column. */
  readonly to: { readonly relation: string; readonly column: string | null; readonly path: readonly string[] };
  readonly usage: Usage;
}

/** A column that a trace reached. */
export interface ReachedColumn extends ColumnPath {
  /** The loosest step on the closest way to it: `copy` only where each step copies. */
  readonly usage: Usage;
}

/** Where a column comes from, or where it goes. */
export interface LineageTrace {
  readonly start: ColumnPath;
  readonly edges: readonly LineageEdge[];
  /** The start is not among them. */
  readonly columns: readonly ReachedColumn[];
}

export type Direction = 'upstream' | 'downstream';

const USAGES = ['copy', 'transform', 'condition'] as const;
/** Names each step, so that none is taken twice. */
const keyOf = ({ relation, column, path }: LineageEdge['to']): string => JSON.stringify([relation, column, path]);

/** A step from a column, to its origins or to those that read it. */
interface Step {
  readonly edge: LineageEdge;
  /** Where the trace goes on; null where it ends. */
  readonly next: ColumnPath | null;
}

/**
 * Follows a column through a project. What is only a condition is told and not followed: all that comes after it would
 * depend on it.
 *
 * @param start a column, or what stands under a path in it.
 */
export function traceColumn(lineage: ProjectLineage, start: ColumnPath, direction: Direction): LineageTrace {
  const steps = direction === 'upstream' ? upstreamSteps : downstreamSteps;
  const reached = new Map<string, Usage>([[keyOf(start), 'copy']]);
  const columns = new Map<string, ReachedColumn>();
  const edges = new Map<string, LineageEdge>();
  const waiting: Record<Usage, ColumnPath[]> = { copy: [start], transform: [], condition: [] };
  // The closest ways first, so that each column is met by its closest.
  for (const usage of USAGES) {
    for (let at = waiting[usage].pop(); at !== undefined; at = waiting[usage].pop()) {
      for (const { edge, next } of steps(lineage, at)) {
        edges.set(JSON.stringify([keyOf(edge.from), keyOf(edge.to), edge.usage]), edge);
        if (next === null) continue;
        const farther = looser(usage, edge.usage);
        const before = reached.get(keyOf(next));
        if (before !== undefined && looser(before, farther) === farther) continue;
        reached.set(keyOf(next), farther);
        columns.set(keyOf(next), { ...next, usage: farther });
        if (farther !== 'condition') waiting[farther].push(next);
      }
    }
  }
  return { start, edges: [...edges.values()], columns: [...columns.values()] };
}

function looser(a: Usage, b: Usage): Usage {
  return USAGES.indexOf(a) > USAGES.indexOf(b) ? a : b;
}

function upstreamSteps(lineage: ProjectLineage, at: ColumnPath): readonly Step[] {
  const node = lineage.get(at.relation);
  if (node === undefined) return [];
  const ofColumn = (originsOf(node, at.column) ?? []).map((flow): Step => {
    const from = plain(flow, flow.isDocument ? [...flow.path, ...at.path] : flow.path);
    return { edge: { from, to: at, usage: flow.usage }, next: from };
  });
  const ofRows = node.conditions.map((flow): Step => {
    const to = { relation: at.relation, column: null, path: [] };
    return { edge: { from: plain(flow, flow.path), to, usage: 'condition' }, next: null };
  });
  return [...ofColumn, ...ofRows];
}

function downstreamSteps(lineage: ProjectLineage, at: ColumnPath): readonly Step[] {
  const found: Step[] = [];
  for (const node of lineage.values()) {
    if (node.id === at.relation) continue;
    const add = (column: string, flow: Flow): void => {
      const path = remainingPath(flow, at);
      if (path === null) return;
      const to = { relation: node.id, column, path };
      found.push({ edge: { from: plain(flow, longer(flow.path, at.path)), to, usage: flow.usage }, next: to });
    };
    for (const { column, flow } of flowsFrom(node, at.relation)) add(column, flow);
    const isPassedThrough = node.open.some(({ relation }) => relation === at.relation);
    if (isPassedThrough && !node.columns.some(({ name }) => name === at.column))
      for (const flow of originsOf(node, at.column) ?? []) add(at.column, flow);
    for (const flow of node.conditions) {
      if (flow.relation !== at.relation || remainingPath(flow, at) === null) continue;
      const to = { relation: node.id, column: null, path: [] };
      found.push({ edge: { from: plain(flow, longer(flow.path, at.path)), to, usage: 'condition' }, next: null });
    }
  }
  return found;
}

/** Where in the reading column `at` is found; null when the flow takes something else. */
function remainingPath(flow: Flow, at: ColumnPath): readonly string[] | null {
  const isSame = flow.relation === at.relation && (flow.column === at.column || flow.column === '*');
  if (!isSame || !overlap(flow.path, at.path)) return null;
  return flow.isDocument ? at.path.slice(flow.path.length) : [];
}

/** Whether one path is the other, or leads to where the other begins. */
export function overlap(a: readonly string[], b: readonly string[]): boolean {
  const length = Math.min(a.length, b.length);
  return a.slice(0, length).every((key, index) => key === b[index] || key === '*' || b[index] === '*');
}

function longer(a: readonly string[], b: readonly string[]): readonly string[] {
  return a.length >= b.length ? a : b;
}

function plain({ relation, column }: ColumnPath, path: readonly string[]): ColumnPath {
  return { relation, column, path };
}
