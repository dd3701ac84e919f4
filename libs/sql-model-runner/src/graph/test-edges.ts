import { makeGraph, topologicalOrder, type Graph } from './graph.ts';

/**
 * The graph of `build`: a node also waits for the tests of what it is built from, so that a failed test keeps bad rows from
 * going on. As in dbt, a test holds back a node only if everything that the test reads is upstream of the node: so no cycle can arise.
 */
export function withTestEdges(
  graph: Graph,
  isTest: (id: string) => boolean,
  isUnitTest: (id: string) => boolean = () => false,
): Graph {
  const parents = new Map(graph.ids.map((id) => [id, [...graph.parentsOf(id)]]));
  turnUnitTests(graph, isUnitTest, parents);
  const tests = graph.ids.filter((id) => isTest(id) && graph.parentsOf(id).length > 0);
  const shared = new Set(tests.filter((id) => graph.parentsOf(id).length > 1));
  for (const test of tests) {
    const [only] = graph.parentsOf(test);
    if (shared.has(test) || only === undefined) continue;
    for (const child of graph.childrenOf(only))
      if (!isTest(child) && !isUnitTest(child)) parents.get(child)?.push(test);
  }
  if (shared.size > 0) addSharedTests(graph, (id) => isTest(id) || isUnitTest(id), shared, parents);
  return makeGraph(parents);
}

/** A unit test runs before its model: it waits for what the model reads, and the model for it. */
function turnUnitTests(graph: Graph, isUnitTest: (id: string) => boolean, parents: Map<string, string[]>): void {
  for (const id of graph.ids.filter(isUnitTest)) {
    const [tested] = graph.parentsOf(id);
    if (tested === undefined) continue;
    parents.set(id, [...graph.parentsOf(tested)]);
    parents.get(tested)?.push(id);
  }
}

/** Tests that read several nodes hold back the first nodes below all of them. */
function addSharedTests(
  graph: Graph,
  isAnyTest: (id: string) => boolean,
  shared: ReadonlySet<string>,
  parents: ReadonlyMap<string, string[]>,
): void {
  const watched = new Set([...shared].flatMap((test) => graph.parentsOf(test)));
  const upstream = new Map<string, ReadonlySet<string>>();
  const passed = new Map<string, ReadonlySet<string>>();
  for (const id of topologicalOrder(graph)) {
    if (isAnyTest(id)) continue;
    const above = new Set<string>();
    const alreadyPassed = new Set<string>();
    for (const parent of graph.parentsOf(id)) {
      for (const ancestor of upstream.get(parent) ?? []) above.add(ancestor);
      for (const test of passed.get(parent) ?? []) alreadyPassed.add(test);
      if (watched.has(parent)) above.add(parent);
    }
    upstream.set(id, above);
    for (const ancestor of above) {
      for (const test of graph.childrenOf(ancestor)) {
        if (!shared.has(test) || alreadyPassed.has(test)) continue;
        if (!graph.parentsOf(test).every((parent) => above.has(parent))) continue;
        parents.get(id)?.push(test);
        alreadyPassed.add(test);
      }
    }
    passed.set(id, alreadyPassed);
  }
}
