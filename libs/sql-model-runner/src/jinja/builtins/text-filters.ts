import { raise } from '../errors.ts';
import { spendText } from '../runtime/budget.ts';
import { iterate, type PyDict } from '../values/dict.ts';
import { entriesOf } from './list-methods.ts';
import { formatPercent } from '../values/format-percent.ts';
import { jsonText } from '../values/json.ts';
import { toRepr, toText } from '../values/print.ts';
import { prettyText } from '../values/pretty.ts';
import { characters, LINE_BREAK, sliceText, textLength } from '../values/text.ts';
import { PyUndefined } from '../values/undefined.ts';
import { parseFloatText } from '../values/numbers.ts';
import { isTrue, NO_KEYWORDS, PyObject, PyTuple, type Value } from '../values/value.ts';
import { callNative, count, natives, number, text } from './native.ts';
import { capitalize, replace, STR_METHODS } from './str-methods.ts';

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ["'", '&#39;'],
  ['"', '&#34;'],
]);
const NAMED_ENTITIES: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
  ['nbsp', '\u00a0'],
]);
const BINARY_UNITS = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB', 'ZiB', 'YiB'];
const DECIMAL_UNITS = ['kB', 'MB', 'GB', 'TB', 'PB', 'EB', 'ZB', 'YB'];

/** Jinja's filters that answer a text. */
export const TEXT_FILTERS = natives({
  capitalize: ['', (value: Value) => capitalize(toText(value))],
  center: ['width=80', (value: Value, width: Value) => viaMethod('center', toText(value), [width])],
  e: ['', (value: Value) => escape(toText(value))],
  escape: ['', (value: Value) => escape(toText(value))],
  filesizeformat: ['binary=false', (value: Value, binary: Value) => fileSize(floatOf(value), isTrue(binary))],
  forceescape: ['', (value: Value) => escape(toText(value))],
  format: [
    '*args, **kwargs',
    (value: Value, args: Value[], kwargs: PyDict) => {
      if (args.length > 0 && kwargs.size() > 0)
        raise('FilterArgumentError', "can't handle positional and keyword arguments at the same time");
      return formatPercent(toText(value), kwargs.size() > 0 ? kwargs : new PyTuple(args));
    },
  ],
  indent: [
    'width=4, first=false, blank=false',
    (value: Value, width: Value, first: Value, blank: Value) =>
      indent(
        own(value),
        typeof width === 'string' ? width : spaces(count(width, 'width')),
        isTrue(first),
        isTrue(blank),
      ),
  ],
  lower: ['', (value: Value) => toText(value).toLowerCase()],
  pprint: ['', (value: Value) => prettyText(value)],
  replace: [
    'old, new, count=null',
    (value: Value, old: Value, replacement: Value, times: Value) =>
      replace(toText(value), toText(old), toText(replacement), times === null ? -1 : count(times, 'count')),
  ],
  safe: ['', (value: Value) => toText(value)],
  string: ['', (value: Value) => toText(value)],
  striptags: ['', (value: Value) => stripTags(toText(value))],
  title: [
    '',
    (value: Value) =>
      toText(value)
        .split(/([-\s({[<]+)/u)
        .map(capitalize)
        .join(''),
  ],
  tojson: [
    'indent=null',
    (value: Value, width: Value) =>
      htmlSafe(jsonText(value, { sortKeys: true, indent: width === null ? null : count(width, 'indent') })),
  ],
  trim: ['chars=null', (value: Value, chars: Value) => viaMethod('strip', toText(value), [chars])],
  truncate: [
    'length=255, killwords=false, end="...", leeway=null',
    (value: Value, length: Value, kill: Value, end: Value, leeway: Value) =>
      truncate(
        own(value),
        count(length, 'length'),
        isTrue(kill),
        text(end, 'end'),
        leeway === null ? 5 : count(leeway, 'leeway'),
      ),
  ],
  upper: ['', (value: Value) => toText(value).toUpperCase()],
  urlencode: ['', urlEncode],
  wordcount: ['', (value: Value) => toText(value).match(/[\p{L}\p{N}_]+/gu)?.length ?? 0],
  wordwrap: [
    'width=79, break_long_words=true, wrapstring=null, break_on_hyphens=true',
    (value: Value, width: Value, breakLong: Value, joint: Value, hyphens: Value) => {
      const options = { width: count(width, 'width'), breakLong: isTrue(breakLong), hyphens: isTrue(hyphens) };
      if (options.width < 1) raise('ValueError', `invalid width ${options.width} (must be > 0)`);
      const lines = callNative(
        'splitlines',
        STR_METHODS.get('splitlines') ?? raise('KeyError', 'splitlines'),
        own(value),
        { positional: [], keyword: NO_KEYWORDS },
      );
      const separator = joint === null ? '\n' : text(joint, 'wrapstring');
      return Array.from(iterate(lines), (line) => wrap(text(line, 'line'), options).join(separator)).join(separator);
    },
  ],
  xmlattr: ['autospace=true', (value: Value, autospace: Value) => attributes(value, isTrue(autospace))],
});

/** Python's `float(value)`. */
function floatOf(value: Value): number {
  if (typeof value !== 'string') return number(value, 'the value');
  return parseFloatText(value) ?? raise('ValueError', `could not convert string to float: ${toRepr(value)}`);
}

/** The value as it is: these filters take nothing but strings. */
function own(value: Value): string {
  return value instanceof PyUndefined ? value.fail() : text(value, 'the value');
}

function viaMethod(name: string, self: string, positional: Value[]): Value {
  return callNative(name, STR_METHODS.get(name) ?? raise('KeyError', name), self, { positional, keyword: NO_KEYWORDS });
}

function escape(value: string): string {
  return value.replaceAll(/[&<>'"]/g, (character) => ENTITIES.get(character) ?? character);
}

/** JSON that may stand in an HTML document. */
function htmlSafe(json: string): string {
  return json.replaceAll(/[<>&']/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`);
}

function spaces(width: number): string {
  spendText(Math.max(0, width));
  return ' '.repeat(Math.max(0, width));
}

function indent(value: string, indention: string, first: boolean, blank: boolean): string {
  const lines = `${value}\n`.split(LINE_BREAK).slice(0, -1);
  spendText(value.length + lines.length * indention.length);
  const [head = '', ...rest] = lines;
  const indented = [head, ...rest.map((line) => (line === '' && !blank ? line : indention + line))].join('\n');
  return first ? indention + indented : indented;
}

function truncate(value: string, length: number, killWords: boolean, end: string, leeway: number): string {
  if (length < textLength(end)) raise('AssertionError', `expected length >= ${textLength(end)}, got ${length}`);
  if (textLength(value) <= length + leeway) return value;
  const cut = sliceText(value, 0, length - textLength(end));
  const lastSpace = cut.lastIndexOf(' ');
  return (killWords || lastSpace === -1 ? cut : cut.slice(0, lastSpace)) + end;
}

function stripTags(value: string): string {
  let text = '';
  let at = 0;
  for (let tag = value.indexOf('<'); tag !== -1; tag = value.indexOf('<', at)) {
    const close = value.startsWith('<!--', tag) ? '-->' : '>';
    const end = value.indexOf(close, tag + (close.length === 3 ? 4 : 1));
    if (end === -1) break;
    text += value.slice(at, tag);
    at = end + close.length;
  }
  text += value.slice(at);
  const collapsed = text.trim().split(/\s+/u).join(' ');
  return collapsed.replaceAll(
    /&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w{1,8}));/gi,
    (all, decimal?: string, hex?: string, name?: string) => {
      if (name !== undefined) return NAMED_ENTITIES.get(name) ?? all;
      const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
      return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd';
    },
  );
}

function fileSize(bytes: number, isBinary: boolean): string {
  const base = isBinary ? 1024 : 1000;
  if (bytes === 1) return '1 Byte';
  if (bytes < base) return `${Math.trunc(bytes)} Bytes`;
  const units = isBinary ? BINARY_UNITS : DECIMAL_UNITS;
  const index = units.findIndex((_, i) => bytes < base ** (i + 2));
  const at = index === -1 ? units.length - 1 : index;
  return `${((base * bytes) / base ** (at + 2)).toFixed(1)} ${units[at]}`;
}

function urlEncode(value: Value): Value {
  if (
    typeof value === 'string' ||
    !(Array.isArray(value) || (value instanceof PyObject && value.iterate() !== undefined))
  )
    return quoteUrl(toText(value), '/');
  return entriesOf(value)
    .map(
      ([key, item]) =>
        `${quoteUrl(toText(key), '').replaceAll('%20', '+')}=${quoteUrl(toText(item), '').replaceAll('%20', '+')}`,
    )
    .join('&');
}

function quoteUrl(value: string, safe: string): string {
  const quoted = encodeURIComponent(value.toWellFormed()).replaceAll(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return safe === '' ? quoted : quoted.replaceAll('%2F', '/');
}

function attributes(value: Value, autospace: boolean): string {
  const parts = entriesOf(value)
    .filter(([, item]) => item !== null && !(item instanceof PyUndefined))
    .map(([key, item]) => {
      if (/[\s/>=]/.test(toText(key))) raise('ValueError', `Invalid character in attribute name: ${toText(key)}`);
      return `${escape(toText(key))}="${escape(toText(item))}"`;
    });
  return parts.length > 0 && autospace ? ` ${parts.join(' ')}` : parts.join(' ');
}

interface WrapOptions {
  readonly width: number;
  readonly breakLong: boolean;
  readonly hyphens: boolean;
}

/** Python's `textwrap.wrap` of one paragraph, whitespace kept within the lines. */
function wrap(paragraph: string, { width, breakLong, hyphens }: WrapOptions): string[] {
  const chunks = (paragraph.match(/\s+|\S+/gu) ?? [])
    .flatMap((chunk) => (hyphens ? chunk.split(/(?<=[^\W\d]{2}-)(?=[^\W\d]{2})/u) : [chunk]))
    .toReversed();
  const lines: string[] = [];
  while (chunks.length > 0) {
    if (lines.length > 0 && chunks.at(-1)?.trim() === '') chunks.pop();
    const line: string[] = [];
    let length = 0;
    for (let next = chunks.at(-1); next !== undefined && length + textLength(next) <= width; next = chunks.at(-1)) {
      line.push(next);
      length += textLength(next);
      chunks.pop();
    }
    const long = chunks.at(-1);
    if (long !== undefined && textLength(long) > width) {
      if (breakLong) {
        const room = width - length;
        line.push(sliceText(long, 0, room));
        chunks[chunks.length - 1] = sliceText(long, room, characters(long).length);
      } else if (line.length === 0) {
        line.push(long);
        chunks.pop();
      }
    }
    if (line.at(-1)?.trim() === '') line.pop();
    if (line.length > 0) lines.push(line.join(''));
  }
  return lines;
}
