import { raise } from '../errors.ts';
import { spend, spendText } from '../runtime/budget.ts';
import { PyDict } from './dict.ts';
import { compareText } from './compare.ts';
import { floatText, integerText } from './numbers.ts';
import { PyFloat, PyTuple, typeName, type Value } from './value.ts';

/** As the keyword arguments of Python's `json.dumps`. */
export interface JsonOptions {
  /** Default false. */
  readonly sortKeys?: boolean;
  /** Spaces a level; null (the default): on one line. */
  readonly indent?: number | null;
}

/** Python's `json.dumps(value)`: `, ` and `: ` between the parts, only ASCII. @throws JinjaError for what JSON cannot hold. */
export function jsonText(value: Value, options: JsonOptions = {}): string {
  const text = write(value, { sortKeys: options.sortKeys ?? false, indent: options.indent ?? null }, 0);
  spendText(text.length);
  return text;
}

function write(value: Value, options: Required<JsonOptions>, depth: number): string {
  spend(1);
  if (depth > 500) raise('ValueError', 'Circular reference detected');
  if (typeof value === 'string') return quote(value);
  if (value === null) return 'null';
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number' || typeof value === 'bigint' || value instanceof PyFloat) return numberText(value);
  if (Array.isArray(value))
    return enclose(
      '[',
      ']',
      value.map((item) => write(item, options, depth + 1)),
      options,
      depth,
    );
  if (value instanceof PyTuple) return write([...value.items], options, depth);
  if (!(value instanceof PyDict))
    return raise('TypeError', `Object of type ${typeName(value)} is not JSON serializable`);
  const entries = value.entries().map(([key, item]) => [keyText(key), item] as const);
  if (options.sortKeys) entries.sort(([a], [b]) => compareText(a, b));
  return enclose(
    '{',
    '}',
    entries.map(([key, item]) => `${quote(key)}: ${write(item, options, depth + 1)}`),
    options,
    depth,
  );
}

function enclose(
  open: string,
  close: string,
  parts: readonly string[],
  { indent }: Required<JsonOptions>,
  depth: number,
): string {
  if (indent === null || parts.length === 0) return open + parts.join(', ') + close;
  const line = `\n${' '.repeat(indent * (depth + 1))}`;
  return `${open}${line}${parts.join(`,${line}`)}\n${' '.repeat(indent * depth)}${close}`;
}

function keyText(key: Value): string {
  if (typeof key === 'string') return key;
  if (key === null || typeof key === 'boolean') return String(key);
  if (typeof key === 'number' || typeof key === 'bigint' || key instanceof PyFloat) return numberText(key);
  return raise('TypeError', `keys must be str, int, float, bool or None, not ${typeName(key)}`);
}

function numberText(value: number | bigint | PyFloat): string {
  const number = value instanceof PyFloat ? value.value : value;
  if (typeof number === 'bigint' || (!(value instanceof PyFloat) && Number.isInteger(number)))
    return integerText(number);
  if (Number.isNaN(number)) return 'NaN';
  return Number.isFinite(number) ? floatText(number) : number > 0 ? 'Infinity' : '-Infinity';
}

function quote(text: string): string {
  return JSON.stringify(text).replaceAll(/[\u007f-\uffff]/g, (unit) =>
    unit === '\u007f' ? unit : `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
