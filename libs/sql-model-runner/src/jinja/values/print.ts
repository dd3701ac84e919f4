import { spend, spendText } from '../runtime/budget.ts';
import { PyDict, PyDictView, PySet } from './dict.ts';
import { floatText, integerText } from './numbers.ts';
import { PyFloat, PyNamespace, PyTuple, type PyObject, type Value } from './value.ts';

/** Python's `str(value)`: what `{{ value }}` prints. */
export function toText(value: Value): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const text = isContainer(value) || value instanceof PyFloat ? reprWithin(value, new Set()) : value.toText();
    spendText(text.length);
    return text;
  }
  return toRepr(value);
}

/** Python's `repr(value)`. */
export function toRepr(value: Value): string {
  return reprWithin(value, new Set());
}

type Container = Value[] | PyTuple | PyDict | PySet | PyDictView | PyNamespace;

function isContainer(value: PyObject): value is PyTuple | PyDict | PySet | PyDictView | PyNamespace {
  return (
    value instanceof PyDict ||
    value instanceof PyTuple ||
    value instanceof PySet ||
    value instanceof PyDictView ||
    value instanceof PyNamespace
  );
}

/** @param within the containers that are being printed: one that contains itself prints as `[...]`. */
function reprWithin(value: Value, within: Set<Container>): string {
  if (typeof value === 'string') return stringRepr(value);
  if (typeof value === 'number') return Number.isInteger(value) ? integerText(value) : floatText(value);
  if (typeof value === 'bigint') return integerText(value);
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (value === null) return 'None';
  if (Array.isArray(value) || isContainer(value)) return containerRepr(value, within);
  return value instanceof PyFloat ? floatText(value.value) : value.toRepr();
}

function containerRepr(value: Container, within: Set<Container>): string {
  const [open, close] = brackets(value);
  if (within.has(value)) return `${open}...${close}`;
  within.add(value);
  const parts: string[] = [];
  let length = 0;
  const add = (part: string): void => {
    spend(1);
    length += part.length;
    spendText(length);
    parts.push(part);
  };
  if (value instanceof PyDict) {
    for (const [key, item] of value.entries()) add(`${reprWithin(key, within)}: ${reprWithin(item, within)}`);
  } else if (value instanceof PyNamespace) {
    for (const [name, item] of value.attributes) add(`${stringRepr(name)}: ${reprWithin(item, within)}`);
  } else {
    const items = Array.isArray(value) ? value : value instanceof PyTuple ? value.items : value.iterate();
    for (const item of items) add(reprWithin(item, within));
  }
  within.delete(value);
  if (value instanceof PyTuple && parts.length === 1) return `(${parts[0]},)`;
  if (value instanceof PySet && parts.length === 0) return 'set()';
  return `${open}${parts.join(', ')}${close}`;
}

function brackets(value: Container): readonly [string, string] {
  if (Array.isArray(value)) return ['[', ']'];
  if (value instanceof PyTuple) return ['(', ')'];
  if (value instanceof PyDictView) return [`${value.typeName}([`, '])'];
  return value instanceof PyNamespace ? ['<Namespace {', '}>'] : ['{', '}'];
}

const PLAIN = /^[ !#-&(-[\]-~]*$/;
const ESCAPED = /[\\\n\r\t]|[\p{C}\p{Z}]/gu;
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\\', '\\\\'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  [' ', ' '],
]);

/** Python's `repr(str)`: single quotes, unless the text has those and no double ones. */
export function stringRepr(text: string): string {
  if (PLAIN.test(text)) return `'${text}'`;
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replaceAll(
    ESCAPED,
    (character) => ESCAPES.get(character) ?? escapeCode(character.codePointAt(0) ?? 0),
  );
  return quote + (quote === "'" ? escaped.replaceAll("'", String.raw`\'`) : escaped) + quote;
}

function escapeCode(code: number): string {
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${code.toString(16).padStart(4, '0')}` : `\\U${code.toString(16).padStart(8, '0')}`;
}
