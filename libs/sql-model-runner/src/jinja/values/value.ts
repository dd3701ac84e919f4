/**
 * What a template computes with. Python's types, as close to JavaScript's as they can be:
 * `None` null, `bool` boolean, `str` string, `list` array, `int` an integral number (bigint beyond 2^53),
 * `float` a number with a fraction (`PyFloat` where it has none), everything else a `PyObject`.
 */
export type Value = string | number | bigint | boolean | null | Value[] | PyObject;

/** Operators that a `PyObject` may implement (dates and their differences do). */
export type Operator = '+' | '-' | '*' | '/' | '//' | '%' | '**';

/** What stands between the parentheses of a call, evaluated. */
export interface CallArguments {
  readonly positional: readonly Value[];
  readonly keyword: ReadonlyMap<string, Value>;
}

export const NO_KEYWORDS: ReadonlyMap<string, Value> = new Map();
export const NO_ARGUMENTS: CallArguments = { positional: [], keyword: NO_KEYWORDS };

/**
 * Everything that is no JavaScript primitive and no array. Templates see only what these methods answer: no property of a JavaScript object
 * is ever read by a name from a template.
 */
export abstract class PyObject {
  /** Python's name of the type, as in messages. */
  abstract readonly typeName: string;
  /** Answers the test `is mapping`. */
  readonly isMapping: boolean = false;
  /** Answers the test `is sequence`. */
  readonly isSequence: boolean = false;

  /** `value.name`; undefined when there is no such attribute. */
  attribute(_name: string): Value | undefined {
    return undefined;
  }

  /** For `did you mean`. */
  attributeNames(): Iterable<string> {
    return [];
  }

  /** `value[key]`; undefined when there is no such item. */
  item(_key: Value): Value | undefined {
    return undefined;
  }

  /** What a loop goes over; undefined when it is not iterable. */
  iterate(): Iterable<Value> | undefined {
    return undefined;
  }

  /** `len(value)`; undefined when it has none. */
  size(): number | undefined {
    return undefined;
  }

  isTrue(): boolean {
    return this.size() !== 0;
  }

  /** `x in value`; undefined: decided by looking through `iterate()`. */
  contains(_item: Value): boolean | undefined {
    return undefined;
  }

  toText(): string {
    return this.toRepr();
  }

  toRepr(): string {
    return `<${this.typeName} object>`;
  }

  equals(other: Value): boolean {
    return this === other;
  }

  /** Negative, zero, positive; undefined when the two have no order. */
  compare(_other: Value): number | undefined {
    return undefined;
  }

  /** What the value is found by as a key of a dict; undefined: unhashable. */
  hashKey(): unknown {
    return this;
  }

  /** `value <operator> other`, or `other <operator> value` when reflected; undefined: not supported. */
  operate(_operator: Operator, _other: Value, _reflected: boolean): Value | undefined {
    return undefined;
  }
}

/** What a template can call: a function of the host, a macro, a bound method. */
export abstract class PyCallable extends PyObject {
  /** @throws JinjaError if it would have to wait. */
  abstract callSync(args: CallArguments): Value;
  /** May answer at once or later. */
  abstract call(args: CallArguments): Value | Promise<Value>;
}

/** A `float` without a fraction, an infinity or NaN: `1.0` prints otherwise than `1`. Made by `float()` only. */
export class PyFloat extends PyObject {
  readonly typeName = 'float';
  readonly value: number;

  constructor(value: number) {
    super();
    this.value = value;
  }
}

/** Python's immutable sequence. */
export class PyTuple extends PyObject {
  readonly typeName = 'tuple';
  override readonly isSequence = true;
  readonly items: readonly Value[];

  constructor(items: readonly Value[]) {
    super();
    this.items = items;
  }

  override iterate(): Iterable<Value> {
    return this.items;
  }

  override size(): number {
    return this.items.length;
  }
}

/** What `map`, `select` and their kind answer: it can be gone through once. */
export class PyIterator extends PyObject {
  readonly typeName = 'generator';
  readonly #iterator: Iterator<Value>;

  constructor(items: Iterable<Value>) {
    super();
    this.#iterator = items[Symbol.iterator]();
  }

  override iterate(): Iterable<Value> {
    return { [Symbol.iterator]: () => ({ next: () => this.#iterator.next() }) };
  }

  override toRepr(): string {
    return '<generator object>';
  }
}

/** `namespace(…)`: the one value whose attributes a template can set. */
export class PyNamespace extends PyObject {
  readonly typeName = 'Namespace';
  readonly attributes: Map<string, Value>;

  constructor(attributes: Iterable<readonly [string, Value]>) {
    super();
    this.attributes = new Map(attributes);
  }

  override attribute(name: string): Value | undefined {
    return this.attributes.get(name);
  }

  override attributeNames(): Iterable<string> {
    return this.attributes.keys();
  }

  override item(key: Value): Value | undefined {
    return typeof key === 'string' ? this.attributes.get(key) : undefined;
  }
}

/** A float, in the one form that it has as a value. */
export function float(value: number): number | PyFloat {
  return Number.isInteger(value) || !Number.isFinite(value) ? new PyFloat(value) : value;
}

/** An integer, in the one form that it has as a value. */
export function integer(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** Python's name of a value's type. */
export function typeName(value: Value): string {
  if (typeof value === 'string') return 'str';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float';
  if (typeof value === 'bigint') return 'int';
  if (typeof value === 'boolean') return 'bool';
  if (value === null) return 'NoneType';
  return Array.isArray(value) ? 'list' : value.typeName;
}

/** Python's truth of a value. */
export function isTrue(value: Value): boolean {
  if (typeof value !== 'object') return Boolean(value);
  if (value === null) return false;
  if (Array.isArray(value)) return value.length > 0;
  return value instanceof PyFloat ? value.value !== 0 : value.isTrue();
}
