import { raise } from '../errors.ts';
import { spend, spendText } from '../runtime/budget.ts';
import { iterate, PyDict, PyDictView, PySet } from './dict.ts';
import { asNumeric, toFloat, type Numeric } from './numbers.ts';
import { PyFloat, PyObject, PyTuple, typeName, type Value } from './value.ts';

/** Python's `a == b`. */
export function equals(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (typeof a === 'string' && typeof b === 'string') return false;
  const [x, y] = [asNumeric(a), asNumeric(b)];
  if (x !== undefined && y !== undefined) return order(x, y) === 0;
  if (Array.isArray(a)) return Array.isArray(b) ? sameItems(a, b) : b instanceof PyObject && !isPlain(b) && b.equals(a);
  if (a instanceof PyTuple && b instanceof PyTuple) return sameItems(a.items, b.items);
  if (a instanceof PyDict && b instanceof PyDict) return sameEntries(a, b);
  if (isSetLike(a) && isSetLike(b)) return a.size() === b.size() && isSubset(a, b);
  if (a instanceof PyObject && !isPlain(a)) return a.equals(b);
  return b instanceof PyObject && !isPlain(b) && b.equals(a);
}

function isPlain(value: PyObject): boolean {
  return value instanceof PyTuple || value instanceof PyDict || value instanceof PyFloat || value instanceof PySet;
}

function isSetLike(value: Value): value is PySet | PyDictView {
  return value instanceof PySet || (value instanceof PyDictView && value.typeName !== 'dict_values');
}

function isSubset(a: PySet | PyDictView, b: PySet | PyDictView): boolean {
  return a.iterate().every((item) => contains(b, item));
}

function sameItems(a: readonly Value[], b: readonly Value[]): boolean {
  if (a.length !== b.length) return false;
  spend(a.length);
  return a.every((item, index) => equals(item, b[index] ?? null));
}

function sameEntries(a: PyDict, b: PyDict): boolean {
  if (a.size() !== b.size()) return false;
  spend(a.size());
  return a.entries().every(([key, value]) => {
    const other = b.get(key);
    return other !== undefined && equals(value, other);
  });
}

function order(a: Numeric, b: Numeric): number {
  if (typeof a === 'bigint' || typeof b === 'bigint') {
    const [x, y] = [a instanceof PyFloat ? a.value : a, b instanceof PyFloat ? b.value : b];
    return x < y ? -1 : x > y ? 1 : x == y ? 0 : Number.NaN;
  }
  const [x, y] = [toFloat(a), toFloat(b)];
  return x < y ? -1 : x > y ? 1 : x === y ? 0 : Number.NaN;
}

/**
 * The order of two values: negative, zero or positive, NaN when one is not a number.
 *
 * @param operator for the message.
 * @throws JinjaError when Python knows no order between them.
 */
export function compare(a: Value, b: Value, operator: string): number {
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  const [x, y] = [asNumeric(a), asNumeric(b)];
  if (x !== undefined && y !== undefined) return order(x, y);
  if (Array.isArray(a) && Array.isArray(b)) return compareItems(a, b, operator);
  if (a instanceof PyTuple && b instanceof PyTuple) return compareItems(a.items, b.items, operator);
  if (isSetLike(a) && isSetLike(b)) {
    if (equals(a, b)) return 0;
    return isSubset(a, b) ? -1 : isSubset(b, a) ? 1 : Number.NaN;
  }
  const reflected = b instanceof PyObject ? b.compare(a) : undefined;
  const result =
    (a instanceof PyObject ? a.compare(b) : undefined) ?? (reflected === undefined ? undefined : -reflected);
  return (
    result ??
    raise('TypeError', `'${operator}' not supported between instances of '${typeName(a)}' and '${typeName(b)}'`)
  );
}

/** By code points, as Python; JavaScript's own order is by UTF-16 units. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x === y) continue;
    const bothHigh = x >= 0xd800 && y >= 0xd800;
    return bothHigh ? weight(x) - weight(y) : x - y;
  }
  return a.length - b.length;
}

/** Surrogates stand for code points above all others. */
function weight(unit: number): number {
  return unit < 0xe000 ? unit + 0x10000 : unit;
}

function compareItems(a: readonly Value[], b: readonly Value[], operator: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [x = null, y = null] = [a[i], b[i]];
    spend(1);
    if (!equals(x, y)) return compare(x, y, operator);
  }
  return a.length - b.length;
}

/** `item in container`. */
export function contains(container: Value, item: Value): boolean {
  if (typeof container === 'string') {
    if (typeof item !== 'string')
      raise('TypeError', `'in <string>' requires string as left operand, not ${typeName(item)}`);
    spendText(container.length);
    return container.includes(item);
  }
  const known = container instanceof PyObject ? container.contains(item) : undefined;
  if (known !== undefined) return known;
  if (!Array.isArray(container) && (!(container instanceof PyObject) || container.iterate() === undefined)) {
    raise('TypeError', `argument of type '${typeName(container)}' is not iterable`);
  }
  for (const candidate of iterate(container)) {
    spend(1);
    if (equals(candidate, item)) return true;
  }
  return false;
}
