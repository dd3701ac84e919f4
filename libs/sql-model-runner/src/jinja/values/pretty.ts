import { compareText } from './compare.ts';
import { PyDict } from './dict.ts';
import { toRepr } from './print.ts';
import { PyTuple, type Value } from './value.ts';

const WIDTH = 80;

/** Python's `pprint.pformat`: as `repr` with sorted keys, over several lines where one is too narrow. Long strings stay whole. */
export function prettyText(value: Value): string {
  return format(value, 0, 0);
}

/** @param after characters that have to follow on the last line. */
function format(value: Value, column: number, after: number): string {
  const line = sortedRepr(value);
  if (line.length + column + after <= WIDTH) return line;
  if (value instanceof PyDict) {
    const entries = sortedEntries(value);
    const parts = entries.map(([key, item], index) => {
      const label = `${toRepr(key)}: `;
      return label + format(item, column + 1 + label.length, index === entries.length - 1 ? after + 1 : 1);
    });
    return `{${parts.join(`,\n${' '.repeat(column + 1)}`)}}`;
  }
  if (!Array.isArray(value) && !(value instanceof PyTuple)) return line;
  const items = Array.isArray(value) ? value : value.items;
  const parts = items.map((item, index) => format(item, column + 1, index === items.length - 1 ? after + 1 : 1));
  const inside = parts.join(`,\n${' '.repeat(column + 1)}`);
  return Array.isArray(value) ? `[${inside}]` : `(${inside}${items.length === 1 ? ',' : ''})`;
}

function sortedRepr(value: Value): string {
  if (value instanceof PyDict)
    return `{${sortedEntries(value)
      .map(([key, item]) => `${toRepr(key)}: ${sortedRepr(item)}`)
      .join(', ')}}`;
  if (Array.isArray(value)) return `[${value.map(sortedRepr).join(', ')}]`;
  return toRepr(value);
}

function sortedEntries(dict: PyDict): [Value, Value][] {
  return dict.entries().toSorted(([a], [b]) => compareText(toRepr(a), toRepr(b)));
}
