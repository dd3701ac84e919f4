/** A directed graph of unique ids; an edge leads from what is used to what uses it. */
export interface Graph {
  readonly ids: readonly string[];
  parentsOf(id: string): readonly string[];
  childrenOf(id: string): readonly string[];
}

/** @param parents the ids that each id uses; every id must be a key, ids that are no key are left out. */
export function makeGraph(parents: ReadonlyMap<string, readonly string[]>): Graph {
  const kept = new Map<string, readonly string[]>();
  const children = new Map<string, string[]>([...parents.keys()].map((id) => [id, []]));
  for (const [id, uses] of parents) {
    const known = [...new Set(uses)].filter((parent) => parents.has(parent));
    kept.set(id, known);
    for (const parent of known) children.get(parent)?.push(id);
  }
  return {
    ids: [...kept.keys()],
    parentsOf: (id) => kept.get(id) ?? [],
    childrenOf: (id) => children.get(id) ?? [],
  };
}

/** Everything that can be reached from `starts` along `next`, without the starts (unless a path leads back), at most `depth` steps away. */
export function reachable(
  starts: Iterable<string>,
  next: (id: string) => readonly string[],
  depth: number = Number.POSITIVE_INFINITY,
): Set<string> {
  const seen = new Set<string>();
  let front = [...starts];
  for (let step = 0; step < depth && front.length > 0; step += 1) {
    const following: string[] = [];
    for (const id of front) {
      for (const other of next(id)) {
        if (seen.has(other)) continue;
        seen.add(other);
        following.push(other);
      }
    }
    front = following;
  }
  return seen;
}

/** A cycle as the path that leads back to its first id (`[a, b, a]`), or null when there is none. */
export function findCycle(graph: Graph): readonly string[] | null {
  const done = new Set<string>();
  for (const start of graph.ids) {
    const found = cycleFrom(start, graph, done);
    if (found) return found;
  }
  return null;
}

/** Depth-first without recursion: projects are deep enough to end a call stack. */
function cycleFrom(start: string, graph: Graph, done: Set<string>): readonly string[] | null {
  const path: { readonly id: string; at: number }[] = [];
  const onPath = new Set<string>();
  const enter = (id: string): void => {
    path.push({ id, at: 0 });
    onPath.add(id);
  };
  if (!done.has(start)) enter(start);
  for (let top = path.at(-1); top; top = path.at(-1)) {
    const child = graph.childrenOf(top.id)[top.at];
    top.at += 1;
    if (child === undefined) {
      path.pop();
      onPath.delete(top.id);
      done.add(top.id);
    } else if (onPath.has(child)) {
      const ids = path.map(({ id }) => id);
      return [...ids.slice(ids.indexOf(child)), child];
    } else if (!done.has(child)) enter(child);
  }
  return null;
}

/** Ids so that each comes after everything that it uses; the given order where the graph leaves a choice. The graph must have no cycle. */
export function topologicalOrder(graph: Graph): readonly string[] {
  const missing = new Map(graph.ids.map((id) => [id, graph.parentsOf(id).length]));
  const ready = graph.ids.filter((id) => missing.get(id) === 0);
  const order: string[] = [];
  for (let at = 0; at < ready.length; at += 1) {
    const id = ready[at] as string;
    order.push(id);
    for (const child of graph.childrenOf(id)) {
      const left = (missing.get(child) ?? 0) - 1;
      missing.set(child, left);
      if (left === 0) ready.push(child);
    }
  }
  return order;
}

/** The graph of some ids: an edge stands for a path through ids that are left out. */
export function subgraph(graph: Graph, kept: ReadonlySet<string>): Graph {
  const nearest = new Map<string, ReadonlySet<string>>();
  for (const id of topologicalOrder(graph)) {
    const above = new Set<string>();
    for (const parent of graph.parentsOf(id)) {
      if (kept.has(parent)) above.add(parent);
      else for (const ancestor of nearest.get(parent) ?? []) above.add(ancestor);
    }
    nearest.set(id, above);
  }
  return makeGraph(new Map(graph.ids.filter((id) => kept.has(id)).map((id) => [id, [...(nearest.get(id) ?? [])]])));
}
