import { raise } from '../errors.ts';
import { spendItems, spendText } from '../runtime/budget.ts';
import { compare, contains, equals } from './compare.ts';
import { iterate, PyDictView, PySet } from './dict.ts';
import { formatPercent } from './format-percent.ts';
import { arithmetic, asNumeric, negate } from './numbers.ts';
import { toText } from './print.ts';
import { PyObject, PyTuple, typeName, type Operator, type Value } from './value.ts';

/** `a <operator> b` of Python. */
export function operate(operator: Operator, a: Value, b: Value): Value {
  const [x, y] = [asNumeric(a), asNumeric(b)];
  if (x !== undefined && y !== undefined) return arithmetic(operator, x, y);
  const result = operateSequences(operator, a, b) ?? operateObjects(operator, a, b);
  if (result !== undefined) return result;
  if (operator === '+' && typeof a === 'string')
    raise('TypeError', `can only concatenate str (not "${typeName(b)}") to str`);
  return raise('TypeError', `unsupported operand type(s) for ${operator}: '${typeName(a)}' and '${typeName(b)}'`);
}

function operateObjects(operator: Operator, a: Value, b: Value): Value | undefined {
  const result = a instanceof PyObject ? a.operate(operator, b, false) : undefined;
  return result ?? (b instanceof PyObject ? b.operate(operator, a, true) : undefined);
}

function operateSequences(operator: Operator, a: Value, b: Value): Value | undefined {
  if (operator === '%') return typeof a === 'string' ? formatPercent(a, b) : undefined;
  if (operator === '+') return joinSequences(a, b);
  if (operator === '*') return repeat(a, b) ?? repeat(b, a);
  if (operator === '-' && isSet(a) && isSet(b)) return new PySet([...iterate(a)].filter((item) => !contains(b, item)));
  return undefined;
}

function isSet(value: Value): boolean {
  return value instanceof PySet || (value instanceof PyDictView && value.typeName !== 'dict_values');
}

function joinSequences(a: Value, b: Value): Value | undefined {
  if (typeof a === 'string' && typeof b === 'string') {
    spendText(a.length + b.length);
    return a + b;
  }
  if (Array.isArray(a) && Array.isArray(b)) {
    spendItems(a.length + b.length);
    return [...a, ...b];
  }
  if (!(a instanceof PyTuple && b instanceof PyTuple)) return undefined;
  spendItems(a.items.length + b.items.length);
  return new PyTuple([...a.items, ...b.items]);
}

function repeat(value: Value, times: Value): Value | undefined {
  const isSequence = typeof value === 'string' || Array.isArray(value) || value instanceof PyTuple;
  if (
    !isSequence ||
    !(typeof times === 'boolean' || typeof times === 'bigint' || (typeof times === 'number' && Number.isInteger(times)))
  ) {
    return undefined;
  }
  const count = Math.max(0, Number(times));
  if (typeof value === 'string') {
    spendText(value.length * count);
    return value === '' ? '' : value.repeat(count);
  }
  const items = Array.isArray(value) ? value : value.items;
  spendItems(items.length * count);
  const repeated = items.length === 0 ? [] : Array.from({ length: count }, () => items).flat();
  return Array.isArray(value) ? repeated : new PyTuple(repeated);
}

/** `a + b`, quick for the usual types. */
export function add(a: Value, b: Value): Value {
  if (typeof a === 'number' && typeof b === 'number' && Number.isInteger(a) && Number.isInteger(b)) {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return operate('+', a, b);
}

/** `-value` and `+value`. */
export function unary(operator: '-' | '+', value: Value): Value {
  const number = asNumeric(value);
  if (number !== undefined) return operator === '-' ? negate(number) : number;
  const negated = value instanceof PyObject && operator === '-' ? value.operate('-', 0, true) : undefined;
  return negated ?? raise('TypeError', `bad operand type for unary ${operator}: '${typeName(value)}'`);
}

/** `a ~ b ~ c`. */
export function concat(parts: readonly Value[]): string {
  let text = '';
  for (const part of parts) text += toText(part);
  spendText(text.length);
  return text;
}

export const less = (a: Value, b: Value): boolean => compare(a, b, '<') < 0;
export const lessOrEqual = (a: Value, b: Value): boolean => compare(a, b, '<=') <= 0;
export const greater = (a: Value, b: Value): boolean => compare(a, b, '>') > 0;
export const greaterOrEqual = (a: Value, b: Value): boolean => compare(a, b, '>=') >= 0;
export const notEquals = (a: Value, b: Value): boolean => !equals(a, b);
/** `a in b`: the item is evaluated first. */
export const isIn = (item: Value, container: Value): boolean => contains(container, item);
export const isNotIn = (item: Value, container: Value): boolean => !contains(container, item);
