import type { ColumnPath, Usage } from './flow.ts';
import type { NodeLineage, ProjectLineage } from './project-lineage.ts';
import { overlap, type Direction, type LineageEdge, type LineageTrace } from './trace.ts';

/** A column as people write it: `raw.updates.payload->configuration->userSetTemp`. */
export function columnText(lineage: ProjectLineage, { relation, column, path }: LineageEdge['to']): string {
  const name = lineage.get(relation)?.name ?? relation;
  return [column === null ? name : `${name}.${column}`, ...path].join('->');
}

/** Traces as text: each column with what it comes from, or goes to, below it; then what decides which rows there are. */
export function renderTraces(lineage: ProjectLineage, traces: readonly LineageTrace[], direction: Direction): string {
  const lines = traces.flatMap((trace) => treeLines(lineage, trace, direction));
  const rows = new Map<string, Set<string>>();
  for (const { from, to } of traces.flatMap(({ edges }) => edges)) {
    if (to.column !== null) continue;
    const model = columnText(lineage, to);
    rows.set(model, (rows.get(model) ?? new Set()).add(columnText(lineage, from)));
  }
  const chosen = [...rows].map(([model, columns]) => `  ${model}: ${[...columns].toSorted().join(', ')}`);
  const title = 'which rows there are (filters, joins, groups):';
  return [...lines, ...(chosen.length === 0 ? [] : ['', title, ...chosen])].join('\n');
}

function treeLines(lineage: ProjectLineage, { start, edges }: LineageTrace, direction: Direction): readonly string[] {
  const isUp = direction === 'upstream';
  const steps = new Map<string, ShownStep[]>();
  for (const edge of edges) {
    const { from, to, usage } = edge;
    if (to.column === null) continue;
    const reading: ColumnPath = { ...to, column: to.column };
    const [at, next] = isUp ? [reading, from] : [from, reading];
    const place = placeOf(at);
    steps.set(place, [...(steps.get(place) ?? []), { at, next, usage }]);
  }
  // Downstream a step may take a part of what is followed.
  const stepsFrom = (at: ColumnPath): readonly ShownStep[] =>
    (steps.get(placeOf(at)) ?? []).filter((step) => overlap(step.at.path, at.path));
  const lines = [columnText(lineage, start)];
  const shown = new Set<string>([keyOf(start)]);
  const add = (at: ColumnPath, depth: number): void => {
    for (const { next, usage } of stepsFrom(at)) {
      const key = keyOf(next);
      // What stands above already is not unfolded again.
      const isRepeated = shown.has(key) && stepsFrom(next).length > 0;
      lines.push(`${'  '.repeat(depth)}${usage.padEnd(9)} ${columnText(lineage, next)}${isRepeated ? ' …' : ''}`);
      if (shown.has(key)) continue;
      shown.add(key);
      if (usage !== 'condition') add(next, depth + 1);
    }
  };
  add(start, 1);
  return lines;
}

/** One line of a tree. */
interface ShownStep {
  readonly at: ColumnPath;
  readonly next: ColumnPath;
  readonly usage: Usage;
}

function placeOf({ relation, column }: ColumnPath): string {
  return JSON.stringify([relation, column]);
}

function keyOf({ relation, column, path }: ColumnPath): string {
  return JSON.stringify([relation, column, path]);
}

/** Traces as one JSON value: what was asked, every step, and every column that is reached with the loosest step on its way. */
export function tracesAsJson(lineage: ProjectLineage, traces: readonly LineageTrace[], direction: Direction): object {
  const named = ({ relation, column, path }: LineageEdge['to']): object => ({
    node: relation,
    name: lineage.get(relation)?.name ?? relation,
    column,
    path,
  });
  return {
    direction,
    columns: traces.map(({ start, columns, edges }) => ({
      ...named(start),
      reached: columns.map(({ usage, ...column }) => ({ ...named(column), usage })),
      edges: edges.map(({ from, to, usage }) => ({ from: named(from), to: named(to), usage })),
    })),
  };
}

/** What the manifest says of a node's columns: the direct origins of each, and of the rows. */
export function lineageAsJson({ columns, conditions }: NodeLineage): object {
  const origin = ({ relation, column, path, usage }: NodeLineage['conditions'][number]): object => ({
    node: relation,
    column,
    path,
    usage,
  });
  return {
    columns: Object.fromEntries(columns.map(({ name, flows }) => [name, flows.map(origin)])),
    rows: conditions.map(origin),
  };
}
