import { raise } from '../errors.ts';
import { spendItems, spendText } from '../runtime/budget.ts';
import { PyRange } from './range.ts';
import { characters, textLength } from './text.ts';
import { PyUndefined } from './undefined.ts';
import { PyObject, PyTuple, type Value } from './value.ts';

/** Python's `len(value)`; undefined when it has none. */
export function sizeOf(value: Value): number | undefined {
  if (typeof value === 'string') return textLength(value);
  if (Array.isArray(value)) return value.length;
  return value instanceof PyObject ? value.size() : undefined;
}

/** `value[key]` by Python's rules, without attributes; undefined when there is none. */
export function itemOf(value: Value, key: Value): Value | undefined {
  if (Array.isArray(value)) return at(value, key);
  if (typeof value === 'string') return at(characters(value), key);
  if (value instanceof PyTuple) return at(value.items, key);
  return value instanceof PyObject ? value.item(key) : undefined;
}

function at(items: string | readonly Value[], key: Value): Value | undefined {
  if (typeof key === 'boolean') return at(items, Number(key));
  if (typeof key !== 'number' || !Number.isInteger(key)) return undefined;
  return items[key < 0 ? key + items.length : key];
}

/** `value[start:stop:step]`; undefined when the value cannot be cut, or not by such bounds. */
export function sliceOf(value: Value, start: Value, stop: Value, step: Value): Value | undefined {
  if (![start, stop, step].every(isBound)) return undefined;
  if (Array.isArray(value)) return pick(value, start, stop, step);
  if (value instanceof PyTuple) return new PyTuple(pick(value.items, start, stop, step));
  if (value instanceof PyRange) return sliceRange(value, start, stop, step);
  if (typeof value !== 'string') return value instanceof PyUndefined ? value.item() : undefined;
  spendText(value.length);
  const all = characters(value);
  if (typeof all !== 'string') return pick(all, start, stop, step).join('');
  const [from, to, by] = sliceBounds(all.length, start, stop, step);
  return by === 1 ? all.slice(from, Math.max(from, to)) : pick(Array.from(all), start, stop, step).join('');
}

function sliceRange(range: PyRange, start: Value, stop: Value, step: Value): PyRange {
  const [from, to, by] = sliceBounds(range.size(), start, stop, step);
  return new PyRange(range.at(from), range.at(to), range.step * by);
}

function pick<T>(items: readonly T[], start: Value, stop: Value, step: Value): T[] {
  const [from, to, by] = sliceBounds(items.length, start, stop, step);
  spendItems(items.length);
  if (by === 1) return items.slice(from, Math.max(from, to));
  const picked: T[] = [];
  for (let i = from; by > 0 ? i < to : i > to; i += by) {
    const item = items[i];
    if (item !== undefined) picked.push(item);
  }
  return picked;
}

/** Python's `slice.indices(length)`. */
function sliceBounds(length: number, start: Value, stop: Value, step: Value): readonly [number, number, number] {
  const by = bound(step) ?? 1;
  if (by === 0) raise('ValueError', 'slice step cannot be zero');
  const [low, high] = by > 0 ? [0, length] : [-1, length - 1];
  const clamp = (index: number): number => Math.min(high, Math.max(low, index < 0 ? index + length : index));
  const [from, to] = [bound(start), bound(stop)];
  const first = from === undefined ? (by > 0 ? low : high) : clamp(from);
  const last = to === undefined ? (by > 0 ? high : low) : clamp(to);
  return [first, last, by];
}

function bound(value: Value): number | undefined {
  if (value === null) return undefined;
  if (typeof value === 'boolean') return Number(value);
  if (typeof value === 'bigint') return value > 0n ? Number.MAX_SAFE_INTEGER : Number.MIN_SAFE_INTEGER;
  return typeof value === 'number' ? value : undefined;
}

function isBound(value: Value): boolean {
  return (
    value === null ||
    typeof value === 'boolean' ||
    typeof value === 'bigint' ||
    (typeof value === 'number' && Number.isInteger(value))
  );
}
