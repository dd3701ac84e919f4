import { raise } from '../errors.ts';
import { spendText } from '../runtime/budget.ts';
import { fieldKey, formatValue } from './format-spec.ts';
import { itemOf } from './items.ts';
import { toRepr, toText } from './print.ts';
import { PyObject, typeName, type Value } from './value.ts';

/** Fields within the format of a field; Python allows as many. */
const DEEPEST_FIELD = 2;

/** Python's `format.format(*args, **kwargs)`. Fields reach attributes only as a template does. */
export function formatBraces(format: string, args: readonly Value[], kwargs: Value): string {
  const result = new BraceFormatter(args, kwargs).format(format, DEEPEST_FIELD);
  spendText(result.length);
  return result;
}

class BraceFormatter {
  readonly #args: readonly Value[];
  readonly #kwargs: Value;
  #next = 0;

  constructor(args: readonly Value[], kwargs: Value) {
    this.#args = args;
    this.#kwargs = kwargs;
  }

  format(format: string, depth: number): string {
    if (depth === 0) raise('ValueError', 'Max string recursion exceeded');
    let result = '';
    for (let at = 0; at < format.length;) {
      const brace = nextBrace(format, at);
      result += format.slice(at, brace);
      if (brace === format.length) break;
      if (format[brace + 1] === format[brace]) {
        result += format.slice(brace, brace + 1);
        at = brace + 2;
      } else if (format[brace] === '}') raise('ValueError', "Single '}' encountered in format string");
      else {
        const end = fieldEnd(format, brace + 1);
        result += this.#field(format.slice(brace + 1, end), depth);
        at = end + 1;
      }
      spendText(result.length >> 6);
    }
    return result;
  }

  #field(field: string, depth: number): string {
    const [, path = '', conversion, spec = ''] =
      /^((?:[^!:[]|\[[^\]]*\])*)(?:!([^:]*))?(?::([^]*))?$/u.exec(field) ??
      raise('ValueError', `bad format field '${field}'`);
    const value = this.#lookUp(path);
    const converted = conversion === undefined ? value : convert(value, conversion);
    return formatValue(converted, spec.includes('{') ? this.format(spec, depth - 1) : spec);
  }

  #lookUp(path: string): Value {
    const [, first = '', rest = ''] = /^([^.[]*)([^]*)$/.exec(path) ?? [];
    let value = this.#argument(first);
    for (const [all, attribute, key] of rest.matchAll(/\.([^.[]+)|\[([^\]]+)\]|[^]/g)) {
      if (attribute === undefined && key === undefined) raise('ValueError', `bad format field near '${all}'`);
      value = attribute === undefined ? itemAt(value, key ?? '') : attributeAt(value, attribute);
    }
    return value;
  }

  #argument(name: string): Value {
    const key = name === '' ? this.#next++ : fieldKey(name);
    if (typeof key === 'number') {
      const value = this.#args[key];
      return value === undefined
        ? raise('IndexError', `Replacement index ${key} out of range for positional args tuple`)
        : value;
    }
    const value = itemOf(this.#kwargs, key);
    return value === undefined ? raise('KeyError', toRepr(key)) : value;
  }
}

function itemAt(value: Value, key: string): Value {
  const found = itemOf(value, fieldKey(key));
  return found === undefined ? raise('KeyError', `'${key}'`) : found;
}

/** Only what an object declares: no methods, so no field can hold one. */
function attributeAt(value: Value, name: string): Value {
  const found = value instanceof PyObject ? value.attribute(name) : undefined;
  return found === undefined
    ? raise('AttributeError', `'${typeName(value)}' object has no attribute '${name}'`)
    : found;
}

function nextBrace(format: string, from: number): number {
  const brace = /[{}]/g;
  brace.lastIndex = from;
  return brace.exec(format)?.index ?? format.length;
}

function fieldEnd(format: string, from: number): number {
  let depth = 1;
  for (let at = from; at < format.length; at++) {
    if (format[at] === '{') depth++;
    else if (format[at] === '}' && --depth === 0) return at;
  }
  return raise('ValueError', "expected '}' before end of string");
}

function convert(value: Value, conversion: string): Value {
  if (conversion === 's') return toText(value);
  if (conversion === 'r' || conversion === 'a') return toRepr(value);
  return raise('ValueError', `Unknown conversion specifier '${conversion}'`);
}
