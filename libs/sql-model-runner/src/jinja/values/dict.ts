import { raise } from '../errors.ts';
import { spend, spendItems } from '../runtime/budget.ts';
import { PyFloat, PyObject, PyTuple, typeName, type Value } from './value.ts';

/** Marks the hash keys of values that no JavaScript primitive can stand for. */
const MARK = '\u0000';

/**
 * What a value is found by in a `Map`: equal keys of Python (`1`, `1.0`, `True`; equal tuples) give the same.
 *
 * @throws JinjaError for lists, dicts and what contains them.
 */
export function hashKey(value: Value): unknown {
  if (typeof value === 'string') return value.startsWith(MARK) ? `${MARK}s${value}` : value;
  if (typeof value === 'number' || typeof value === 'bigint' || value === null) return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (Array.isArray(value)) return raise('TypeError', "unhashable type: 'list'");
  if (value instanceof PyFloat) return value.value;
  if (value instanceof PyTuple) return tupleKey(value);
  return value.hashKey() ?? raise('TypeError', `unhashable type: '${value.typeName}'`);
}

function tupleKey(tuple: PyTuple): string {
  spend(tuple.items.length);
  const parts = tuple.items.map((item) => {
    const key = hashKey(item);
    return typeof key === 'object' && key !== null
      ? `o${identity(key)}`
      : `${typeof key}${String(key).length}:${String(key)}`;
  });
  return `${MARK}t${parts.join(',')}`;
}

const identities = new WeakMap<object, number>();
let lastIdentity = 0;

function identity(object: object): number {
  const known = identities.get(object);
  if (known !== undefined) return known;
  identities.set(object, ++lastIdentity);
  return lastIdentity;
}

/** Python's dict: keeps the order of insertion. */
export class PyDict extends PyObject {
  readonly typeName = 'dict';
  override readonly isMapping = true;
  override readonly isSequence = true;
  readonly #values = new Map<unknown, Value>();
  /** The keys that are not their own hash key: tuples, booleans, floats. */
  readonly #keys = new Map<unknown, Value>();

  constructor(entries: Iterable<readonly [Value, Value]> = []) {
    super();
    for (const [key, value] of entries) this.set(key, value);
  }

  get(key: Value): Value | undefined {
    return this.#values.get(hashKey(key));
  }

  has(key: Value): boolean {
    return this.#values.has(hashKey(key));
  }

  set(key: Value, value: Value): void {
    const hash = hashKey(key);
    spend(1);
    if (hash !== key && !this.#values.has(hash)) this.#keys.set(hash, key);
    this.#values.set(hash, value);
  }

  delete(key: Value): void {
    const hash = hashKey(key);
    this.#values.delete(hash);
    this.#keys.delete(hash);
  }

  clear(): void {
    this.#values.clear();
    this.#keys.clear();
  }

  /** A copy: the dict may be changed while somebody goes through it. */
  keys(): Value[] {
    if (this.#keys.size === 0) return [...this.#values.keys()] as Value[];
    return Array.from(this.#values.keys(), (hash) => this.#keys.get(hash) ?? (hash as Value));
  }

  values(): Value[] {
    return [...this.#values.values()];
  }

  entries(): [Value, Value][] {
    return Array.from(this.#values, ([hash, value]) => [this.#keys.get(hash) ?? (hash as Value), value]);
  }

  override attributeNames(): Iterable<string> {
    return this.keys().filter((key) => typeof key === 'string');
  }

  override item(key: Value): Value | undefined {
    return this.get(key);
  }

  override iterate(): Iterable<Value> {
    return this.keys();
  }

  override size(): number {
    return this.#values.size;
  }

  override contains(key: Value): boolean {
    return this.has(key);
  }

  override hashKey(): undefined {
    return undefined;
  }
}

/** What `keys()`, `values()` and `items()` answer: it shows the dict as it is now. */
export class PyDictView extends PyObject {
  readonly typeName: string;
  readonly dict: PyDict;
  readonly #kind: 'keys' | 'values' | 'items';

  constructor(dict: PyDict, kind: 'keys' | 'values' | 'items') {
    super();
    this.dict = dict;
    this.#kind = kind;
    this.typeName = `dict_${kind}`;
  }

  override iterate(): Value[] {
    if (this.#kind === 'keys') return this.dict.keys();
    if (this.#kind === 'values') return this.dict.values();
    return this.dict.entries().map((entry) => new PyTuple(entry));
  }

  override size(): number {
    return this.dict.size();
  }

  override contains(item: Value): boolean | undefined {
    return this.#kind === 'keys' ? this.dict.has(item) : undefined;
  }
}

/** Python's set; here it keeps the order of insertion. Templates get one only from the host. */
export class PySet extends PyObject {
  readonly typeName = 'set';
  readonly #members = new Map<unknown, Value>();

  constructor(members: Iterable<Value> = []) {
    super();
    for (const member of members) this.add(member);
  }

  add(member: Value): void {
    const hash = hashKey(member);
    spend(1);
    if (!this.#members.has(hash)) this.#members.set(hash, member);
  }

  has(member: Value): boolean {
    return this.#members.has(hashKey(member));
  }

  delete(member: Value): boolean {
    return this.#members.delete(hashKey(member));
  }

  clear(): void {
    this.#members.clear();
  }

  override iterate(): Value[] {
    return [...this.#members.values()];
  }

  override size(): number {
    return this.#members.size;
  }

  override contains(item: Value): boolean {
    return this.has(item);
  }

  override hashKey(): undefined {
    return undefined;
  }
}

/** A dict from attribute names or JavaScript strings. */
export function dictOf(entries: Iterable<readonly [string, Value]>): PyDict {
  return new PyDict(entries);
}

/** The values that a loop, a filter or `list()` goes over. @throws JinjaError for what is not iterable. */
export function iterate(value: Value): Iterable<Value> {
  if (Array.isArray(value) || typeof value === 'string') {
    spendItems(value.length);
    return value;
  }
  const items = value instanceof PyObject ? value.iterate() : undefined;
  return items ?? raise('TypeError', `'${typeName(value)}' object is not iterable`);
}
