import { raise } from '../errors.ts';
import { spendItems } from '../runtime/budget.ts';
import { equals } from '../values/compare.ts';
import { iterate, PyDict, PyDictView, PySet } from '../values/dict.ts';
import { sliceOf } from '../values/items.ts';
import { toRepr } from '../values/print.ts';
import { isTrue, PyTuple, type Value } from '../values/value.ts';
import { count, MISSING, natives } from './native.ts';
import { sorted } from './sorting.ts';

/** Methods of `list`; they change the list itself. */
export const LIST_METHODS = natives({
  append: ['object', (list: Value[], item: Value) => done(spendItems(list.push(item)))],
  extend: [
    'iterable',
    (list: Value[], items: Value) => {
      const added = [...iterate(items)];
      spendItems(list.length + added.length);
      for (const item of added) list.push(item);
      return null;
    },
  ],
  insert: [
    'index, object',
    (list: Value[], index: Value, item: Value) => done(list.splice(count(index, 'index'), 0, item)),
  ],
  pop: [
    'index=-1',
    (list: Value[], index: Value) => {
      const at = count(index, 'index');
      if (list.length === 0) raise('IndexError', 'pop from empty list');
      const [item] = at >= -list.length && at < list.length ? list.splice(at, 1) : [];
      return item ?? (item === null ? null : raise('IndexError', 'pop index out of range'));
    },
  ],
  remove: [
    'value',
    (list: Value[], value: Value) => {
      const at = list.findIndex((item) => equals(item, value));
      return at === -1 ? raise('ValueError', 'list.remove(x): x not in list') : done(list.splice(at, 1));
    },
  ],
  clear: ['', (list: Value[]) => done(list.splice(0))],
  copy: ['', (list: Value[]) => [...list]],
  reverse: ['', (list: Value[]) => refill(list, list.toReversed())],
  sort: [
    'key=null, reverse=false',
    (list: Value[], _key: Value, reverse: Value) => refill(list, sorted(list, isTrue(reverse))),
  ],
  index: ['value, start=0, stop=null', indexOf],
  count: ['value', countOf],
});

/** Methods of `tuple`. */
export const TUPLE_METHODS = natives({
  index: [
    'value, start=0, stop=null',
    (tuple: PyTuple, value: Value, start: Value, stop: Value) => indexOf([...tuple.items], value, start, stop),
  ],
  count: ['value', (tuple: PyTuple, value: Value) => countOf([...tuple.items], value)],
});

/** Methods of `dict`; they change the dict itself. */
export const DICT_METHODS = natives({
  get: [
    'key, default=null',
    (dict: PyDict, key: Value, initial: Value) => dict.get(key) ?? (dict.has(key) ? null : initial),
  ],
  keys: ['', (dict: PyDict) => new PyDictView(dict, 'keys')],
  values: ['', (dict: PyDict) => new PyDictView(dict, 'values')],
  items: ['', (dict: PyDict) => new PyDictView(dict, 'items')],
  pop: [
    'key, default=?',
    (dict: PyDict, key: Value, initial: Value) => {
      if (!dict.has(key)) return initial === MISSING ? raise('KeyError', toRepr(key)) : initial;
      const value = dict.get(key) ?? null;
      dict.delete(key);
      return value;
    },
  ],
  popitem: [
    '',
    (dict: PyDict) => {
      const last = dict.entries().at(-1);
      if (last === undefined) return raise('KeyError', "'popitem(): dictionary is empty'");
      dict.delete(last[0]);
      return new PyTuple(last);
    },
  ],
  setdefault: [
    'key, default=null',
    (dict: PyDict, key: Value, initial: Value) => {
      if (!dict.has(key)) dict.set(key, initial);
      return dict.get(key) ?? null;
    },
  ],
  update: [
    'other=?, **entries',
    (dict: PyDict, other: Value, entries: PyDict) => {
      for (const [key, value] of [...(other === MISSING ? [] : entriesOf(other)), ...entries.entries()])
        dict.set(key, value);
      return done(spendItems(dict.size()));
    },
  ],
  clear: ['', (dict: PyDict) => done(dict.clear())],
  copy: ['', (dict: PyDict) => new PyDict(dict.entries())],
  fromkeys: [
    'iterable, value=null',
    (_dict: PyDict, keys: Value, value: Value) => new PyDict(Array.from(iterate(keys), (key) => [key, value] as const)),
  ],
});

/** Methods of `set`. */
export const SET_METHODS = natives({
  add: ['element', (set: PySet, item: Value) => done(set.add(item))],
  discard: ['element', (set: PySet, item: Value) => done(set.delete(item))],
  remove: ['element', (set: PySet, item: Value) => (set.delete(item) ? null : raise('KeyError', toRepr(item)))],
  pop: [
    '',
    (set: PySet) => {
      const [first] = set.iterate();
      if (first === undefined) return raise('KeyError', "'pop from an empty set'");
      set.delete(first);
      return first;
    },
  ],
  clear: ['', (set: PySet) => done(set.clear())],
  copy: ['', (set: PySet) => new PySet(set.iterate())],
  update: ['*others', (set: PySet, others: Value[]) => done(members(others).forEach((item) => set.add(item)))],
  union: ['*others', (set: PySet, others: Value[]) => new PySet([...set.iterate(), ...members(others)])],
  intersection: [
    '*others',
    (set: PySet, others: Value[]) => {
      const sets = others.map((other) => new PySet(iterate(other)));
      return new PySet(set.iterate().filter((item) => sets.every((other) => other.has(item))));
    },
  ],
  difference: [
    '*others',
    (set: PySet, others: Value[]) => {
      const removed = new PySet(members(others));
      return new PySet(set.iterate().filter((item) => !removed.has(item)));
    },
  ],
  symmetric_difference: [
    'other',
    (set: PySet, other: Value) => {
      const others = new PySet(iterate(other));
      return new PySet([
        ...set.iterate().filter((item) => !others.has(item)),
        ...others.iterate().filter((item) => !set.has(item)),
      ]);
    },
  ],
  issubset: [
    'other',
    (set: PySet, other: Value) => {
      const others = new PySet(iterate(other));
      return set.iterate().every((item) => others.has(item));
    },
  ],
  issuperset: ['other', (set: PySet, other: Value) => [...iterate(other)].every((item) => set.has(item))],
  isdisjoint: ['other', (set: PySet, other: Value) => [...iterate(other)].every((item) => !set.has(item))],
});

/** The pairs of a mapping, or of an iterable of pairs, as `dict(…)` and `update(…)` take them. */
export function entriesOf(value: Value): [Value, Value][] {
  if (value instanceof PyDict) return value.entries();
  return Array.from(iterate(value), (pair) => {
    const [key, item, surplus] = iterate(pair);
    if (key === undefined || item === undefined || surplus !== undefined)
      raise('ValueError', 'dictionary update sequence needs pairs');
    return [key, item];
  });
}

function members(others: readonly Value[]): Value[] {
  return others.flatMap((other) => [...iterate(other)]);
}

function indexOf(list: Value[], value: Value, start: Value, stop: Value): Value {
  const part = sliceOf(list, count(start, 'start'), stop, null) as Value[];
  const at = part.findIndex((item) => equals(item, value));
  if (at === -1) raise('ValueError', `${toRepr(value)} is not in list`);
  const from = count(start, 'start');
  return at + Math.max(0, from < 0 ? from + list.length : from);
}

function countOf(list: Value[], value: Value): Value {
  return list.filter((item) => equals(item, value)).length;
}

/** Puts other elements into the same list. */
function refill(list: Value[], items: readonly Value[]): null {
  list.length = 0;
  for (const item of items) list.push(item);
  return null;
}

/** Python's methods that change something answer None. */
function done(_effect: unknown): null {
  return null;
}
