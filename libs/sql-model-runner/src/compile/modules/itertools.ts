import { ModelRunnerError } from '../../errors.ts';
import { hostFunction, hostObject, toHost, type CallArguments, type Value } from '../template-engine.ts';

/** Most items that one call makes. */
const MOST = 1_000_000;

type List = readonly unknown[];

/** `modules.itertools`, with lists for answers. */
export function itertoolsModule(): Value {
  const method = (
    name: string,
    run: (lists: readonly List[], args: CallArguments) => List,
  ): readonly [string, Value] => [name, hostFunction(name, (args) => bounded(run(args.positional.map(listOf), args)))];
  return hostObject({
    typeName: 'module',
    attributes: Object.fromEntries([
      method('product', (lists, { keyword }) => product(repeated(lists, keyword.get('repeat')))),
      method('chain', (lists) => lists.flat()),
      method('combinations', ([list = []], { positional: [, size] }) => combinations(list, Number(toHost(size ?? 0)))),
      method('permutations', ([list = []], { positional: [, size] }) =>
        permutations(list, size === undefined ? list.length : Number(toHost(size))),
      ),
      method('zip_longest', (lists, { keyword }) => {
        const fill = keyword.get('fillvalue') ?? null;
        const length = Math.max(0, ...lists.map((list) => list.length));
        return Array.from({ length }, (_, index) => lists.map((list) => (index < list.length ? list[index] : fill)));
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

function product(lists: readonly List[]): List {
  let tuples: List[] = [[]];
  for (const list of lists) {
    if (tuples.length * list.length > MOST)
      throw new ModelRunnerError(`itertools would make more than ${MOST} items`, 'terminal');
    tuples = tuples.flatMap((tuple) => list.map((item) => [...tuple, item]));
  }
  return tuples;
}

function combinations(list: List, size: number): List {
  if (size === 0) return [[]];
  return list.flatMap((item, index) =>
    (combinations(list.slice(index + 1), size - 1) as readonly List[]).map((rest) => [item, ...rest]),
  );
}

function permutations(list: List, size: number): List {
  if (size === 0) return [[]];
  return list.flatMap((item, index) =>
    (permutations([...list.slice(0, index), ...list.slice(index + 1)], size - 1) as readonly List[]).map((rest) => [
      item,
      ...rest,
    ]),
  );
}
