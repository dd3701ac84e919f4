import { ModelRunnerError } from '../../errors.ts';
import {
  hostFunction,
  hostObject,
  PyTuple,
  toHost,
  toPython,
  type CallArguments,
  type Value,
} from '../template-engine.ts';

/** Most items that one call makes. */
const MOST = 1_000_000;

type List = readonly unknown[];

/** `modules.itertools`, with lists in the place of iterators. */
export function itertoolsModule(): Value {
  const method = (
    name: string,
    run: (lists: readonly List[], args: CallArguments) => List,
  ): readonly [string, Value] => [name, hostFunction(name, (args) => bounded(run(args.positional.map(listOf), args)))];
  return hostObject({
    typeName: 'module',
    attributes: Object.fromEntries([
      method('product', (lists, { keyword }) => tuples(product(repeated(lists, keyword.get('repeat'))))),
      method('chain', (lists) => lists.flat()),
      method('combinations', ([list = []], { positional: [, size] }) =>
        tuples(combinations(list, Number(toHost(size ?? 0)))),
      ),
      method('permutations', ([list = []], { positional: [, size] }) =>
        tuples(permutations(list, size === undefined ? list.length : Number(toHost(size)))),
      ),
      method('zip_longest', (lists, { keyword }) => {
        const fill = keyword.get('fillvalue') ?? null;
        const length = Math.max(0, ...lists.map((list) => list.length));
        return tuples(
          Array.from({ length }, (_, index) => lists.map((list) => (index < list.length ? list[index] : fill))),
        );
      }),
      method('islice', ([list = []], { positional: [, ...limits] }) => {
        const [first, second] = limits.map((limit) => (limit === null ? undefined : Number(toHost(limit))));
        return limits.length === 1 ? list.slice(0, first) : list.slice(first, second);
      }),
      method('repeat', (_, { positional: [item, times] }) =>
        Array.from({ length: Math.min(MOST, Number(toHost(times ?? 0))) }, () => item),
      ),
      method('accumulate', ([list = []]) => {
        let sum = 0;
        return list.map((item) => (sum += Number(item)));
      }),
    ]),
  });
}

/** The rows of an answer, as Python has them. */
function tuples(rows: readonly List[]): readonly PyTuple[] {
  return bounded(rows).map((row) => new PyTuple((row as List).map((item) => toPython(item))));
}

function listOf(value: Value): List {
  const host = toHost(value);
  if (typeof host === 'string') return Array.from(host);
  if (Array.isArray(host)) return host as List;
  if (host instanceof Set) return [...host];
  return host !== null && typeof host === 'object' && !('definition' in host) ? Object.keys(host) : [];
}

function repeated(lists: readonly List[], times: Value | undefined): readonly List[] {
  return typeof times === 'number' ? Array.from({ length: times }, () => lists).flat() : lists;
}

function bounded(list: List): List {
  if (list.length > MOST) throw new ModelRunnerError(`itertools would make more than ${MOST} items`, 'terminal');
  return list;
}

function product(lists: readonly List[]): readonly List[] {
  let rows: List[] = [[]];
  for (const list of lists) {
    if (rows.length * list.length > MOST)
      throw new ModelRunnerError(`itertools would make more than ${MOST} items`, 'terminal');
    rows = rows.flatMap((row) => list.map((item) => [...row, item]));
  }
  return rows;
}

function combinations(list: List, size: number): readonly List[] {
  if (size === 0) return [[]];
  return list.flatMap((item, index) => combinations(list.slice(index + 1), size - 1).map((rest) => [item, ...rest]));
}

function permutations(list: List, size: number): readonly List[] {
  if (size === 0) return [[]];
  return list.flatMap((item, index) =>
    permutations([...list.slice(0, index), ...list.slice(index + 1)], size - 1).map((rest) => [item, ...rest]),
  );
}
