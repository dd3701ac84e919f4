import { raise } from '../errors.ts';
import { suggestion } from '../nearest.ts';
import { DICT_METHODS, LIST_METHODS, SET_METHODS, TUPLE_METHODS } from '../builtins/list-methods.ts';
import { callNative, natives, type Native, type NativeTable } from '../builtins/native.ts';
import { STR_METHODS } from '../builtins/str-methods.ts';
import { PyDict, PySet } from '../values/dict.ts';
import { itemOf, sliceOf } from '../values/items.ts';
import { asNumeric, toFloat } from '../values/numbers.ts';
import { toRepr } from '../values/print.ts';
import { PyUndefined, type UndefinedBehaviour } from '../values/undefined.ts';
import {
  PyCallable,
  PyFloat,
  PyNamespace,
  PyObject,
  PyTuple,
  typeName,
  type CallArguments,
  type Value,
} from '../values/value.ts';

const NONE: NativeTable = new Map();
const NUMBER_METHODS = natives({
  is_integer: ['', (value: Value) => Number.isInteger(toFloat(asNumeric(value) ?? 0))],
  bit_length: [
    '',
    (value: Value) =>
      asNumeric(value) === 0
        ? 0
        : BigInt(toFloat(asNumeric(value) ?? 0))
            .toString(2)
            .replace('-', '').length,
  ],
});

function methodsOf(value: Value): NativeTable {
  if (typeof value === 'string') return STR_METHODS;
  if (Array.isArray(value)) return LIST_METHODS;
  if (value instanceof PyDict) return DICT_METHODS;
  if (value instanceof PyTuple) return TUPLE_METHODS;
  if (value instanceof PySet) return SET_METHODS;
  return typeof value === 'number' || typeof value === 'bigint' || value instanceof PyFloat ? NUMBER_METHODS : NONE;
}

/** `value.method`, not yet called. */
class BoundMethod extends PyCallable {
  readonly typeName = 'builtin_function_or_method';
  readonly #self: Value;
  readonly #name: string;
  readonly #native: Native;

  constructor(self: Value, name: string, native: Native) {
    super();
    [this.#self, this.#name, this.#native] = [self, name, native];
  }

  override callSync(args: CallArguments): Value {
    return callNative(this.#name, this.#native, this.#self, args);
  }

  override call(args: CallArguments): Value {
    return this.callSync(args);
  }

  override toRepr(): string {
    return `<built-in method ${this.#name} of ${typeName(this.#self)} object>`;
  }
}

function attributeOf(value: Value, name: string): Value | undefined {
  const native = methodsOf(value).get(name);
  if (native !== undefined) return new BoundMethod(value, name, native);
  return value instanceof PyObject ? value.attribute(name) : undefined;
}

/** `value.name`: an attribute, else an item of that name, else undefined. */
export function getAttribute(value: Value, name: string, behaviour: UndefinedBehaviour): Value {
  const found = attributeOf(value, name) ?? itemOf(value, name);
  return found === undefined ? missing(value, name, behaviour) : found;
}

/** Only an attribute, no item: the filter `attr`. */
export function getAttributeOnly(value: Value, name: string, behaviour: UndefinedBehaviour): Value {
  return attributeOf(value, name) ?? missing(value, name, behaviour);
}

/** `value[start:stop:step]`, else undefined. */
export function getSlice(value: Value, start: Value, stop: Value, step: Value, behaviour: UndefinedBehaviour): Value {
  return (
    sliceOf(value, start, stop, step) ??
    new PyUndefined(behaviour, '', () => `${typeName(value)} object cannot be cut by this slice`)
  );
}

/** `value[key]`: an item, else (for a string) an attribute of that name, else undefined. */
export function getItem(value: Value, key: Value, behaviour: UndefinedBehaviour): Value {
  if (key instanceof PyUndefined && behaviour !== 'chainable') key.fail();
  const found = Array.isArray(key) || key instanceof PyDict ? undefined : itemOf(value, key);
  if (found !== undefined) return found;
  const attribute = typeof key === 'string' ? attributeOf(value, key) : undefined;
  return attribute === undefined ? missing(value, key, behaviour) : attribute;
}

function missing(value: Value, key: Value, behaviour: UndefinedBehaviour): PyUndefined {
  return new PyUndefined(behaviour, typeof key === 'string' ? key : '', () => describeMissing(value, key));
}

function describeMissing(value: Value, key: Value): string {
  if (value === null) return `'None' has no attribute ${toRepr(key)}`;
  if (typeof key !== 'string') return `${typeName(value)} object has no element ${toRepr(key)}`;
  const names = [...methodsOf(value).keys(), ...(value instanceof PyObject ? value.attributeNames() : [])];
  return `'${typeName(value)} object' has no attribute '${key}'${suggestion(key, names)}`;
}

/** A method of a builtin type for `value.name(…)`, so that no bound method has to be made; undefined: use `getAttribute`. */
export function nativeMethod(value: Value, name: string): Native | undefined {
  return methodsOf(value).get(name);
}

/** `namespace.name = value`. */
export function setNamespaceAttribute(target: Value, name: string, value: Value): void {
  if (target instanceof PyUndefined) target.fail();
  if (target instanceof PyNamespace) {
    target.attributes.set(name, value);
  } else raise('TemplateRuntimeError', `cannot assign attribute on non-namespace object (a ${typeName(target)})`);
}
