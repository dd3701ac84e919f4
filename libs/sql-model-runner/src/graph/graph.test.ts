import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findCycle, makeGraph, reachable, subgraph, topologicalOrder, type Graph } from './graph.ts';
import { withTestEdges } from './test-edges.ts';

/** A graph without cycles: each of n ids uses some of those before it. */
const acyclic = fc
  .integer({ min: 1, max: 12 })
  .chain((size) =>
    fc
      .array(fc.array(fc.nat({ max: size }), { maxLength: 4 }), { minLength: size, maxLength: size })
      .map((uses) =>
        makeGraph(
          new Map(uses.map((ids, index) => [`n${index}`, ids.filter((id) => id < index).map((id) => `n${id}`)])),
        ),
      ),
  );

const ancestors = (graph: Graph, id: string): Set<string> => reachable([id], (other) => graph.parentsOf(other));

describe(findCycle, () => {
  test('gives the path back to where it began', () => {
    const graph = makeGraph(
      new Map([
        ['a', ['c']],
        ['b', ['a']],
        ['c', ['b']],
        ['d', []],
      ]),
    );
    expect(findCycle(graph)).toEqual(['a', 'b', 'c', 'a']);
  });

  test('finds none where ids only use earlier ones, and survives long chains', () => {
    fc.assert(
      fc.property(acyclic, (graph) => {
        expect(findCycle(graph)).toBeNull();
      }),
    );
    const chain = Array.from(
      { length: 20_000 },
      (_, index) => [`${index}`, index === 0 ? [] : [`${index - 1}`]] as const,
    );
    expect(findCycle(makeGraph(new Map(chain)))).toBeNull();
  });
});

describe(topologicalOrder, () => {
  test('has every id once, after all that it uses', () => {
    fc.assert(
      fc.property(acyclic, (graph) => {
        const order = topologicalOrder(graph);
        expect([...order].toSorted()).toEqual([...graph.ids].toSorted());
        for (const id of graph.ids)
          for (const parent of graph.parentsOf(id)) expect(order.indexOf(parent)).toBeLessThan(order.indexOf(id));
      }),
    );
  });
});

describe(subgraph, () => {
  test('keeps exactly the order that the whole graph asks for', () => {
    fc.assert(
      fc.property(acyclic, fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }), (graph, picks) => {
        const kept = new Set(graph.ids.filter((_, index) => picks[index]));
        const part = subgraph(graph, kept);
        for (const id of kept)
          expect(ancestors(part, id)).toEqual(new Set([...ancestors(graph, id)].filter((other) => kept.has(other))));
      }),
    );
  });
});

describe(withTestEdges, () => {
  const isTest = (id: string): boolean => id.startsWith('t');

  test('a failed test holds back what is built from the tested model', () => {
    const graph = makeGraph(
      new Map([
        ['a', []],
        ['b', ['a']],
        ['ta', ['a']],
        ['tb', ['b']],
      ]),
    );
    expect(withTestEdges(graph, isTest).parentsOf('b')).toEqual(['a', 'ta']);
  });

  test('a unit test runs before its model and waits for no test of it, not even for one that reads what is above it too', () => {
    const graph = makeGraph(
      new Map([
        ['a', []],
        ['b', ['a']],
        ['c', ['b']],
        ['tab', ['a', 'b']],
        ['ub', ['b']],
      ]),
    );
    const edges = withTestEdges(graph, isTest, (id) => id.startsWith('u'));
    expect(edges.parentsOf('ub')).toEqual(['a']);
    expect(edges.parentsOf('b')).toEqual(['a', 'ub']);
    expect(edges.parentsOf('c')).toEqual(['b', 'tab']);
    expect(findCycle(edges)).toBeNull();
  });

  test('a test of two models holds back only what is below both', () => {
    const graph = makeGraph(
      new Map([
        ['a', []],
        ['b', []],
        ['c', ['a']],
        ['d', ['c', 'b']],
        ['tab', ['a', 'b']],
      ]),
    );
    const edges = withTestEdges(graph, isTest);
    expect(edges.parentsOf('c')).toEqual(['a']);
    expect(edges.parentsOf('d')).toEqual(['c', 'b', 'tab']);
  });

  test('holds back as dbt defines it: a node waits for each test that reads only what is upstream of the node', () => {
    const tests = fc.array(fc.uniqueArray(fc.nat({ max: 11 }), { minLength: 1, maxLength: 3 }), { maxLength: 5 });
    fc.assert(
      fc.property(acyclic, tests, (models, reads) => {
        const parents = new Map(models.ids.map((id) => [id, models.parentsOf(id)]));
        for (const [index, ids] of reads.entries()) {
          const known = ids.map((id) => `n${id}`).filter((id) => parents.has(id));
          if (known.length > 0) parents.set(`t${index}`, known);
        }
        const graph = makeGraph(parents);
        const built = withTestEdges(graph, isTest);
        expect(findCycle(built)).toBeNull();
        for (const id of models.ids) {
          const above = ancestors(graph, id);
          const waits = graph.ids.filter(
            (other) => isTest(other) && graph.parentsOf(other).every((parent) => above.has(parent)),
          );
          expect([...ancestors(built, id)].filter(isTest).toSorted()).toEqual(waits.toSorted());
        }
      }),
    );
  });
});
