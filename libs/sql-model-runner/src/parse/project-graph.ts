import { ProjectError } from '../errors.ts';
import { findCycle, makeGraph, type Graph } from '../graph/graph.ts';
import type { ExposureNode, ProjectNode, SourceNode } from '../project/project.ts';

/** The graph of all nodes, sources and exposures. @throws ProjectError with the path of a cycle. */
export function graphOf(
  nodes: ReadonlyMap<string, ProjectNode>,
  sources: ReadonlyMap<string, SourceNode>,
  exposures: readonly ExposureNode[],
): Graph {
  const parents = new Map<string, readonly string[]>([
    ...[...sources.keys()].map((id) => [id, []] as const),
    ...[...nodes.values()].map((node) => [node.uniqueId, node.dependsOn] as const),
    ...exposures.map((exposure) => [exposure.uniqueId, exposure.dependsOn] as const),
  ]);
  const graph = makeGraph(parents);
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
