import { topologicalOrder, type Graph } from '../graph/graph.ts';

/** What became of one node: `failed` and `skipped` keep its descendants from running. */
export type Fate = 'done' | 'failed' | 'skipped';

export interface Schedule {
  readonly graph: Graph;
  /** Nodes at work at the same time, at most. */
  readonly threads: number;
  /** Does the work; must not reject. */
  readonly run: (id: string) => Promise<'done' | 'failed'>;
  /** Called for a node that is passed over because `because` failed or was passed over. */
  readonly skip: (id: string, because: string) => void;
  readonly signal?: AbortSignal | undefined;
  /** Which of the nodes that could start goes first: the lower number. Default: the order of the graph. */
  readonly rank?: (id: string) => number;
}

/**
 * Runs a graph: a node starts when everything that it uses is done; what fails skips its descendants and the rest goes on. When
 * the signal aborts, nothing more starts and the nodes that had not started are left out of the result.
 */
export async function runSchedule(schedule: Schedule): Promise<ReadonlyMap<string, Fate>> {
  const { graph, threads, signal } = schedule;
  const fates = new Map<string, Fate>();
  const missing = new Map(graph.ids.map((id) => [id, graph.parentsOf(id).length]));
  const ready = graph.ids.filter((id) => missing.get(id) === 0);
  const atWork = new Set<Promise<void>>();

  const settle = (id: string, fate: Fate): void => {
    fates.set(id, fate);
    for (const child of graph.childrenOf(id)) {
      const left = (missing.get(child) ?? 0) - 1;
      missing.set(child, left);
      if (left > 0) continue;
      const cause = graph.parentsOf(child).find((parent) => fates.get(parent) !== 'done');
      if (cause === undefined) ready.push(child);
      else {
        schedule.skip(child, cause);
        settle(child, 'skipped');
      }
    }
  };
  const start = (id: string): void => {
    const work = schedule.run(id).then((fate) => {
      atWork.delete(work);
      settle(id, fate);
    });
    atWork.add(work);
  };
  const mayStart = (): boolean => ready.length > 0 && atWork.size < threads && !signal?.aborted;
  while (ready.length > 0 || atWork.size > 0) {
    while (mayStart()) start(takeFirst(ready, schedule.rank));
    if (atWork.size === 0) break;
    await Promise.race(atWork);
  }
  return fates;
}

function takeFirst(ready: string[], rank: Schedule['rank']): string {
  let at = 0;
  if (rank) for (const [index, id] of ready.entries()) if (rank(id) < rank(ready[at] as string)) at = index;
  return ready.splice(at, 1)[0] as string;
}

/** What the longest way from a node to the end takes, the longest first; without times every node counts the same. */
export function criticalPathRank(graph: Graph, seconds: ReadonlyMap<string, number>): (id: string) => number {
  const left = new Map<string, number>();
  for (const id of topologicalOrder(graph).toReversed()) {
    const below = Math.max(0, ...graph.childrenOf(id).map((child) => left.get(child) ?? 0));
    left.set(id, below + (seconds.get(id) ?? 0.01));
  }
  return (id) => -(left.get(id) ?? 0);
}
