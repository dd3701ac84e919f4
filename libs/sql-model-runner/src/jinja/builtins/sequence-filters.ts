import { raise } from '../errors.ts';
import { getAttributeOnly, getItem } from '../runtime/access.ts';
import { spend, spendItems, spendText } from '../runtime/budget.ts';
import { compare, equals } from '../values/compare.ts';
import { hashKey, iterate, PyDict, PyDictView, PySet } from '../values/dict.ts';
import { sliceOf } from '../values/items.ts';
import { add } from '../values/operators.ts';
import { toText } from '../values/print.ts';
import { parseInteger } from '../values/numbers.ts';
import { PyUndefined } from '../values/undefined.ts';
import { isTrue, PyIterator, PyTuple, typeName, type CallArguments, type Value } from '../values/value.ts';
import type { Environment, Filter } from './environment.ts';
import { bindArguments, count, MISSING, signature, text } from './native.ts';
import { sorted } from './sorting.ts';

type Body = (environment: Environment, value: Value, ...args: Value[]) => Value;

/** What `groupby` answers: the pair of key and members, with names. */
class Group extends PyTuple {
  override attribute(name: string): Value | undefined {
    const [grouper, list] = this.items;
    return name === 'grouper' ? grouper : name === 'list' ? list : undefined;
  }
}

/** The value of an attribute path: `name`, `a.b`, `0`. None is the item itself. */
function getter(environment: Environment, path: Value, fallback: Value = null): (item: Value) => Value {
  if (path === null) return (item) => item;
  const parts =
    typeof path === 'string'
      ? path.split('.').map((part) => (/^\d+$/.test(part) ? (parseInteger(part, 10) ?? part) : part))
      : [path];
  return (item) => {
    let value = item;
    for (const part of parts) {
      value = getItem(value, part, environment.behaviour);
      if (fallback !== null && value instanceof PyUndefined) value = fallback;
    }
    return value;
  };
}

function lowered(value: Value): Value {
  return typeof value === 'string' ? value.toLowerCase() : value;
}

/** As `getter`, with strings in lower case unless case matters. */
function sortKey(
  environment: Environment,
  path: Value,
  caseSensitive: Value,
  fallback: Value = null,
): (item: Value) => Value {
  const get = getter(environment, path, fallback);
  return isTrue(caseSensitive) ? get : (item) => lowered(get(item));
}

function items(value: Value): Value[] {
  const all = [...iterate(value)];
  spendItems(all.length);
  return all;
}

/** What is false counts as empty, whatever its type. */
function itemsIfAny(value: Value): Value[] {
  return isTrue(value) ? items(value) : [];
}

function none(environment: Environment, reason: string): Value {
  return new PyUndefined(environment.behaviour, '', () => reason);
}

function extreme(sign: 1 | -1): Body {
  return (environment, value, caseSensitive = false, attribute = null) => {
    const [first, ...rest] = items(value);
    if (first === undefined) return none(environment, 'No aggregated item, sequence was empty.');
    const key = sortKey(environment, attribute, caseSensitive);
    return rest.reduce(
      (best, item) => (sign * compare(key(item), key(best), sign === 1 ? '>' : '<') > 0 ? item : best),
      first,
    );
  };
}

/** `map('upper')`, `map(attribute='name')`. */
function map(environment: Environment, value: Value, args: CallArguments): Value {
  const [name, ...rest] = args.positional;
  if (name === undefined) {
    const attribute = args.keyword.get('attribute');
    if (attribute === undefined) raise('FilterArgumentError', 'map requires a filter argument');
    const get = getter(environment, attribute, args.keyword.get('default') ?? null);
    return new PyIterator(itemsIfAny(value).map(get));
  }
  const call = { positional: rest, keyword: args.keyword };
  return new PyIterator(
    itemsIfAny(value).map((item) => environment.applyFilter(text(name, 'the name of the filter'), item, call)),
  );
}

/** `select`, `reject`, `selectattr`, `rejectattr`. */
function selection(keeps: boolean, byAttribute: boolean): Filter {
  return (environment, value, args) => {
    const [attribute = null, ...others] = byAttribute ? args.positional : [null, ...args.positional];
    if (byAttribute && args.positional.length === 0)
      raise('FilterArgumentError', 'Missing parameter for attribute name');
    const get = getter(environment, attribute);
    const [name, ...rest] = others;
    const call = { positional: rest, keyword: args.keyword };
    const passes = (item: Value): boolean =>
      name === undefined
        ? isTrue(get(item))
        : environment.applyTest(text(name, 'the name of the test'), get(item), call);
    return new PyIterator(itemsIfAny(value).filter((item) => passes(item) === keeps));
  };
}

function sortBy(environment: Environment, value: Value, reverse: Value, caseSensitive: Value, attribute: Value): Value {
  const paths = typeof attribute === 'string' ? attribute.split(',') : [attribute];
  const keys = paths.map((path) => sortKey(environment, path, caseSensitive));
  return sorted(items(value), isTrue(reverse), (item) => keys.map((key) => key(item)));
}

function groupBy(
  environment: Environment,
  value: Value,
  attribute: Value,
  fallback: Value,
  caseSensitive: Value,
): Value {
  const key = sortKey(environment, attribute, caseSensitive, fallback);
  const name = getter(environment, attribute, fallback);
  const groups: { key: Value; members: Value[] }[] = [];
  for (const item of sorted(items(value), false, key)) {
    const last = groups.at(-1);
    if (last !== undefined && equals(last.key, key(item))) last.members.push(item);
    else groups.push({ key: key(item), members: [item] });
  }
  return groups.map(
    ({ key: by, members }) =>
      new Group([isTrue(caseSensitive) || members[0] === undefined ? by : name(members[0]), members]),
  );
}

function unique(environment: Environment, value: Value, caseSensitive: Value, attribute: Value): Value {
  const key = sortKey(environment, attribute, caseSensitive);
  const seen = new Set<unknown>();
  const kept = items(value).filter((item) => {
    const hash = hashKey(key(item));
    if (seen.has(hash)) return false;
    seen.add(hash);
    return true;
  });
  return new PyIterator(kept);
}

function join(environment: Environment, value: Value, separator: Value, attribute: Value): Value {
  const get = getter(environment, attribute);
  const between = toText(separator);
  let joined = '';
  let isFirst = true;
  for (const item of iterate(value)) {
    joined += (isFirst ? '' : between) + toText(get(item));
    isFirst = false;
    spend(1);
    spendText(joined.length >> 8);
  }
  spendText(joined.length);
  return joined;
}

function batch(value: Value, size: number, fill: Value): Value {
  const batches: Value[][] = [];
  for (const item of items(value)) {
    const last = batches.at(-1);
    if (last === undefined || last.length === size) batches.push([item]);
    else last.push(item);
  }
  const last = batches.at(-1);
  spendItems(Math.max(0, size));
  const missing = fill === null || last === undefined ? 0 : size - last.length;
  for (let i = 0; i < missing; i++) last?.push(fill);
  return new PyIterator(batches);
}

function cut(value: Value, slices: number, fill: Value): Value {
  const all = items(value);
  spendItems(Math.max(0, slices));
  if (slices < 1) raise('ZeroDivisionError', 'integer division or modulo by zero');
  const [size, surplus] = [Math.floor(all.length / slices), all.length % slices];
  let start = 0;
  const parts = Array.from({ length: slices }, (_, index) => {
    const end = start + size + (index < surplus ? 1 : 0);
    const part = all.slice(start, end);
    start = end;
    return fill !== null && index >= surplus ? [...part, fill] : part;
  });
  return new PyIterator(parts);
}

function dictSort(value: Value, caseSensitive: Value, by: Value, reverse: Value): Value {
  if (!(value instanceof PyDict)) raise('TypeError', `dictsort needs a mapping, not ${typeName(value)}`);
  if (by !== 'key' && by !== 'value') raise('FilterArgumentError', 'You can only sort by either "key" or "value"');
  const key = ([name = null, item = null]: readonly Value[]): Value => (by === 'key' ? name : item);
  const pairs = value.entries().map((entry) => new PyTuple(entry));
  return sorted(pairs, isTrue(reverse), (pair) => {
    const sortsBy = pair instanceof PyTuple ? key(pair.items) : pair;
    return isTrue(caseSensitive) ? sortsBy : lowered(sortsBy);
  });
}

function reversed(value: Value): Value {
  if (typeof value === 'string') return sliceOf(value, null, null, -1) ?? '';
  return new PyIterator(items(value).toReversed());
}

function last(environment: Environment, value: Value): Value {
  if (value instanceof PyIterator || value instanceof PySet)
    raise('TypeError', `'${typeName(value)}' object is not reversible`);
  const item = items(value).at(-1);
  return item === undefined ? none(environment, 'No last item, sequence was empty.') : item;
}

function first(environment: Environment, value: Value): Value {
  for (const item of iterate(value)) return item;
  return none(environment, 'No first item, sequence was empty.');
}

const BODIES: Readonly<Record<string, readonly [string, Body]>> = {
  batch: [
    'linecount, fill_with=null',
    (_, value, size = 0, fill = null) => batch(value, count(size, 'linecount'), fill),
  ],
  dictsort: [
    'case_sensitive=false, by="key", reverse=false',
    (_, value, caseSensitive = false, by = 'key', reverse = false) => dictSort(value, caseSensitive, by, reverse),
  ],
  first: ['', first],
  groupby: [
    'attribute, default=null, case_sensitive=false',
    (env, value, attribute = null, fallback = null, caseSensitive = false) =>
      groupBy(env, value, attribute, fallback, caseSensitive),
  ],
  items: [
    '',
    (_, value) => {
      if (value instanceof PyUndefined) return new PyIterator([]);
      return value instanceof PyDict
        ? new PyIterator(new PyDictView(value, 'items').iterate())
        : raise('TypeError', 'Can only get item pairs from a mapping.');
    },
  ],
  join: [
    'd="", attribute=null',
    (env, value, separator = '', attribute = null) => join(env, value, separator, attribute),
  ],
  last: ['', last],
  list: ['', (_, value) => items(value)],
  max: ['case_sensitive=false, attribute=null', extreme(1)],
  min: ['case_sensitive=false, attribute=null', extreme(-1)],
  random: [
    '',
    (env, value) => {
      const all = items(value);
      return all[Math.floor(Math.random() * all.length)] ?? none(env, 'No random item, sequence was empty.');
    },
  ],
  reverse: ['', (_, value) => reversed(value)],
  slice: ['slices, fill_with=null', (_, value, slices = 0, fill = null) => cut(value, count(slices, 'slices'), fill)],
  sort: [
    'reverse=false, case_sensitive=false, attribute=null',
    (env, value, reverse = false, caseSensitive = false, attribute = null) =>
      sortBy(env, value, reverse, caseSensitive, attribute),
  ],
  sum: [
    'attribute=null, start=0',
    (env, value, attribute = null, start = 0) =>
      items(value)
        .map(getter(env, attribute))
        .reduce((total, item) => add(total, item), start),
  ],
  unique: [
    'case_sensitive=false, attribute=null',
    (env, value, caseSensitive = false, attribute = null) => unique(env, value, caseSensitive, attribute),
  ],
  attr: ['name', (env, value, name = MISSING) => getAttributeOnly(value, text(name, 'name'), env.behaviour)],
};

/** Jinja's filters over sequences and attributes. */
export const SEQUENCE_FILTERS: readonly (readonly [string, Filter])[] = [
  ...Object.entries(BODIES).map(([name, [parameters, body]]): [string, Filter] => {
    const bound = signature(parameters);
    return [name, (environment, value, args) => body(environment, value, ...bindArguments(name, bound, args))];
  }),
  ['map', map],
  ['select', selection(true, false)],
  ['reject', selection(false, false)],
  ['selectattr', selection(true, true)],
  ['rejectattr', selection(false, true)],
];
