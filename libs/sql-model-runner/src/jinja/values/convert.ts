import { raise } from '../errors.ts';
import { spend } from '../runtime/budget.ts';
import { iterate, PyDict, PyDictView, PySet } from './dict.ts';
import { PyRange } from './range.ts';
import { PyUndefined } from './undefined.ts';
import { float, integer, PyFloat, PyIterator, PyNamespace, PyObject, PyTuple, type Value } from './value.ts';

/** Deeper structures are refused, cyclic ones with them. */
const DEEPEST = 500;

/**
 * A host's value as a template's: plain objects and `Map`s become dicts, arrays lists (copies, both), `undefined` None, `Set`s sets. Values of
 * templates stay what they are.
 *
 * @throws JinjaError for functions (see `hostFunction`), symbols and instances of classes (see `hostObject`).
 */
export function toPython(value: unknown): Value {
  return convertIn(value, 0);
}

function convertIn(value: unknown, depth: number): Value {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value;
  if (typeof value === 'number') return Number.isInteger(value) && Number.isSafeInteger(value) ? value : float(value);
  if (typeof value === 'bigint') return integer(value);
  if (value === undefined) return null;
  if (typeof value !== 'object')
    raise(
      'TypeError',
      `a ${typeof value} of the host is no value of a template: wrap it with hostFunction or hostObject`,
    );
  if (value instanceof PyObject) return value;
  if (depth > DEEPEST)
    raise('ValueError', `a value of the host is nested more than ${DEEPEST} levels deep (or contains itself)`);
  return convertObject(value, depth + 1);
}

function convertObject(value: object, depth: number): Value {
  if (Array.isArray(value)) return value.map((item) => convertIn(item, depth));
  if (value instanceof Map)
    return new PyDict(Array.from(value, ([key, item]) => [convertIn(key, depth), convertIn(item, depth)] as const));
  if (value instanceof Set) return new PySet(Array.from(value, (item) => convertIn(item, depth)));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    raise('TypeError', `an instance of ${value.constructor.name} is no value of a template: wrap it with hostObject`);
  }
  return new PyDict(Object.entries(value).map(([key, item]) => [key, convertIn(item, depth)] as const));
}

/**
 * A template's value as a host's: lists and tuples become arrays, dicts objects without a prototype (or `Map`s, when a key is no string),
 * integers and floats numbers (bigint beyond 2^53), undefined values `undefined`. Host objects and callables stay what they are.
 */
export function toHost(value: Value): unknown {
  return convertOut(value, 0);
}

function convertOut(value: Value, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof PyFloat) return value.value;
  if (value instanceof PyUndefined) return undefined;
  if (depth > DEEPEST) raise('ValueError', `the value is nested more than ${DEEPEST} levels deep (or contains itself)`);
  spend(1);
  const inner = (item: Value): unknown => convertOut(item, depth + 1);
  if (Array.isArray(value)) return value.map(inner);
  if (value instanceof PySet) return new Set(value.iterate().map(inner));
  if (value instanceof PyDict) return dictOut(value.entries(), inner);
  if (value instanceof PyNamespace) return dictOut([...value.attributes], inner);
  const isSequence =
    value instanceof PyTuple || value instanceof PyRange || value instanceof PyIterator || value instanceof PyDictView;
  return isSequence ? Array.from(iterate(value), inner) : value;
}

function dictOut(entries: readonly (readonly [Value, Value])[], inner: (item: Value) => unknown): unknown {
  const named = entries.flatMap(([key, item]) => (typeof key === 'string' ? [[key, item] as const] : []));
  if (named.length < entries.length) return new Map(entries.map(([key, item]) => [inner(key), inner(item)]));
  const object = Object.create(null) as Record<string, unknown>;
  for (const [key, item] of named) object[key] = inner(item);
  return object;
}
