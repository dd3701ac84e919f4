import { raise } from '../errors.ts';
import { spendText } from '../runtime/budget.ts';
import { iterate, type PyDict } from '../values/dict.ts';
import { formatBraces } from '../values/format-braces.ts';
import { characters, LINE_BREAK, sliceText, textLength } from '../values/text.ts';
import { PyTuple, typeName, type Value } from '../values/value.ts';
import { count, natives, text } from './native.ts';

const LETTER_RUN = /\p{L}+/gu;
const SPACE = /[\s\x85]/;

/** Methods of `str`. */
export const STR_METHODS = natives({
  upper: ['', (s: string) => s.toUpperCase()],
  lower: ['', (s: string) => s.toLowerCase()],
  casefold: ['', (s: string) => s.toUpperCase().toLowerCase()],
  capitalize: ['', (s: string) => capitalize(s)],
  title: ['', (s: string) => s.replaceAll(LETTER_RUN, capitalize)],
  swapcase: [
    '',
    (s: string) => Array.from(s, (c) => (c === c.toUpperCase() ? c.toLowerCase() : c.toUpperCase())).join(''),
  ],
  strip: ['chars=null', (s: string, chars: Value) => strip(s, chars, true, true)],
  lstrip: ['chars=null', (s: string, chars: Value) => strip(s, chars, true, false)],
  rstrip: ['chars=null', (s: string, chars: Value) => strip(s, chars, false, true)],
  removeprefix: [
    'prefix',
    (s: string, prefix: Value) => (s.startsWith(text(prefix, 'prefix')) ? s.slice(text(prefix, 'prefix').length) : s),
  ],
  removesuffix: [
    'suffix',
    (s: string, suffix: Value) => {
      const end = text(suffix, 'suffix');
      return end !== '' && s.endsWith(end) ? s.slice(0, -end.length) : s;
    },
  ],
  startswith: [
    'prefix, start=0, end=null',
    (s: string, prefix: Value, start: Value, end: Value) =>
      affixes(prefix).some((p) => part(s, start, end).startsWith(p)),
  ],
  endswith: [
    'suffix, start=0, end=null',
    (s: string, suffix: Value, start: Value, end: Value) =>
      affixes(suffix).some((p) => part(s, start, end).endsWith(p)),
  ],
  replace: [
    'old, new, count=-1',
    (s: string, old: Value, replacement: Value, times: Value) =>
      replace(s, text(old, 'old'), text(replacement, 'new'), count(times, 'count')),
  ],
  split: [
    'sep=null, maxsplit=-1',
    (s: string, separator: Value, most: Value) => split(s, separator, count(most, 'maxsplit')),
  ],
  rsplit: [
    'sep=null, maxsplit=-1',
    (s: string, separator: Value, most: Value) => rsplit(s, separator, count(most, 'maxsplit')),
  ],
  splitlines: ['keepends=false', (s: string, keep: Value) => splitLines(s, keep === true)],
  partition: [
    'sep',
    (s: string, separator: Value) => partition(s, text(separator, 'sep'), s.indexOf(text(separator, 'sep')), false),
  ],
  rpartition: [
    'sep',
    (s: string, separator: Value) => partition(s, text(separator, 'sep'), s.lastIndexOf(text(separator, 'sep')), true),
  ],
  join: ['iterable', (s: string, items: Value) => join(s, items)],
  find: [
    'sub, start=0, end=null',
    (s: string, sub: Value, start: Value, end: Value) => find(s, sub, start, end, false),
  ],
  rfind: [
    'sub, start=0, end=null',
    (s: string, sub: Value, start: Value, end: Value) => find(s, sub, start, end, true),
  ],
  index: [
    'sub, start=0, end=null',
    (s: string, sub: Value, start: Value, end: Value) => found(find(s, sub, start, end, false)),
  ],
  rindex: [
    'sub, start=0, end=null',
    (s: string, sub: Value, start: Value, end: Value) => found(find(s, sub, start, end, true)),
  ],
  count: [
    'sub, start=0, end=null',
    (s: string, sub: Value, start: Value, end: Value) => {
      const sought = text(sub, 'sub');
      return sought === '' ? textLength(part(s, start, end)) + 1 : part(s, start, end).split(sought).length - 1;
    },
  ],
  center: [
    'width, fillchar=" "',
    (s: string, width: Value, fill: Value) => {
      const missing = count(width, 'width') - textLength(s);
      const left = missing <= 0 ? 0 : (missing >> 1) + (missing & count(width, 'width') & 1);
      return padding(left, fill) + s + padding(missing - left, fill);
    },
  ],
  ljust: [
    'width, fillchar=" "',
    (s: string, width: Value, fill: Value) => s + padding(count(width, 'width') - textLength(s), fill),
  ],
  rjust: [
    'width, fillchar=" "',
    (s: string, width: Value, fill: Value) => padding(count(width, 'width') - textLength(s), fill) + s,
  ],
  zfill: [
    'width',
    (s: string, width: Value) => {
      const sign = s.startsWith('-') || s.startsWith('+') ? s.slice(0, 1) : '';
      return sign + padding(count(width, 'width') - textLength(s), '0') + s.slice(sign.length);
    },
  ],
  expandtabs: ['tabsize=8', (s: string, size: Value) => expandTabs(s, count(size, 'tabsize'))],
  format: ['*args, **kwargs', (s: string, args: Value[], kwargs: PyDict) => formatBraces(s, args, kwargs)],
  format_map: ['mapping', (s: string, mapping: Value) => formatBraces(s, [], mapping)],
  isalnum: ['', (s: string) => /^[\p{L}\p{N}]+$/u.test(s)],
  isalpha: ['', (s: string) => /^\p{L}+$/u.test(s)],
  isascii: ['', (s: string) => Array.from(s).every((c) => c < '\u0080')],
  isdecimal: ['', (s: string) => /^\p{Nd}+$/u.test(s)],
  isdigit: ['', (s: string) => /^[\p{Nd}²³¹⁰⁴-⁹₀-₉]+$/u.test(s)],
  isnumeric: ['', (s: string) => /^\p{N}+$/u.test(s)],
  isidentifier: ['', (s: string) => /^[\p{ID_Start}_]\p{ID_Continue}*$/u.test(s)],
  isspace: ['', (s: string) => s !== '' && Array.from(s).every((c) => SPACE.test(c))],
  isprintable: ['', (s: string) => !/[\p{C}\p{Zl}\p{Zp}]|[^ \P{Zs}]/u.test(s)],
  islower: ['', (s: string) => /\p{Ll}/u.test(s) && !/[\p{Lu}\p{Lt}]/u.test(s)],
  isupper: ['', (s: string) => /\p{Lu}/u.test(s) && !/[\p{Ll}\p{Lt}]/u.test(s)],
  istitle: ['', (s: string) => /\p{L}/u.test(s) && s === s.replaceAll(LETTER_RUN, capitalize)],
});

/** First character in upper, the rest in lower case. */
export function capitalize(s: string): string {
  const [first = ''] = s;
  return first.toUpperCase() + s.slice(first.length).toLowerCase();
}

/** Joins the strings of an iterable. @throws JinjaError when one is none. */
function join(separator: string, items: Value): string {
  let joined = '';
  let index = 0;
  for (const item of iterate(items)) {
    if (typeof item !== 'string')
      raise('TypeError', `sequence item ${index}: expected str instance, ${typeName(item)} found`);
    joined += index++ === 0 ? item : separator + item;
    spendText(joined.length >> 6);
  }
  spendText(joined.length);
  return joined;
}

/** Python's `replace`; a negative `most` replaces all. */
export function replace(s: string, old: string, replacement: string, most: number): string {
  const pieces = old === '' ? ['', ...Array.from(s), ''] : s.split(old);
  const times = most < 0 ? pieces.length - 1 : Math.min(most, pieces.length - 1);
  spendText(s.length + times * replacement.length);
  if (times === pieces.length - 1) return pieces.join(replacement);
  return [...pieces.slice(0, times), pieces.slice(times).join(old)].join(replacement);
}

function strip(s: string, chars: Value, atStart: boolean, atEnd: boolean): string {
  const stripped = chars === null ? null : new Set(text(chars, 'chars'));
  const isStripped = (c: string | undefined): boolean =>
    c !== undefined && (stripped === null ? SPACE.test(c) : stripped.has(c));
  const all = characters(s);
  let start = 0;
  let end = all.length;
  if (atStart) while (start < end && isStripped(all[start])) start++;
  if (atEnd) while (end > start && isStripped(all[end - 1])) end--;
  return sliceText(s, start, end);
}

function affixes(value: Value): readonly string[] {
  return value instanceof PyTuple ? value.items.map((item) => text(item, 'prefix')) : [text(value, 'prefix')];
}

function part(s: string, start: Value, end: Value): string {
  const length = textLength(s);
  const clamp = (index: number): number => Math.max(0, Math.min(length, index < 0 ? index + length : index));
  const from = clamp(start === null ? 0 : count(start, 'start'));
  return sliceText(s, from, Math.max(from, end === null ? length : clamp(count(end, 'end'))));
}

function find(s: string, sub: Value, start: Value, end: Value, fromEnd: boolean): number {
  const within = part(s, start, end);
  const at = fromEnd ? within.lastIndexOf(text(sub, 'sub')) : within.indexOf(text(sub, 'sub'));
  if (at === -1) return -1;
  const from = start === null ? 0 : count(start, 'start');
  return textLength(within.slice(0, at)) + Math.max(0, from < 0 ? from + textLength(s) : from);
}

function found(at: number): number {
  return at === -1 ? raise('ValueError', 'substring not found') : at;
}

function split(s: string, separator: Value, most: number): Value[] {
  spendText(s.length);
  if (separator !== null) {
    const pieces = s.split(nonEmpty(separator));
    if (most < 0 || pieces.length <= most + 1) return pieces;
    return [...pieces.slice(0, most), pieces.slice(most).join(text(separator, 'sep'))];
  }
  const words: string[] = [];
  let rest = s.trimStart();
  while (rest !== '') {
    const at = most >= 0 && words.length === most ? -1 : rest.search(/\s/);
    words.push(at === -1 ? rest : rest.slice(0, at));
    rest = at === -1 ? '' : rest.slice(at).trimStart();
  }
  return words;
}

function rsplit(s: string, separator: Value, most: number): Value[] {
  if (most < 0) return split(s, separator, most);
  if (separator !== null) {
    const pieces = s.split(nonEmpty(separator));
    const cut = Math.max(0, pieces.length - most);
    return cut === 0 ? pieces : [pieces.slice(0, cut).join(text(separator, 'sep')), ...pieces.slice(cut)];
  }
  const trimmed = s.trimEnd();
  const words = [...trimmed.matchAll(/\S+/g)];
  const firstKept = words[words.length - most];
  const head = words.length <= most ? '' : trimmed.slice(0, firstKept?.index ?? trimmed.length).trimEnd();
  return [...(head === '' ? [] : [head]), ...words.slice(Math.max(0, words.length - most)).map(([word]) => word)];
}

function nonEmpty(separator: Value): string {
  return text(separator, 'sep') || raise('ValueError', 'empty separator');
}

function splitLines(s: string, keepEnds: boolean): Value[] {
  const parts = s.split(new RegExp(`(${LINE_BREAK.source})`));
  const lines: string[] = [];
  for (let i = 0; i < parts.length; i += 2) lines.push((parts[i] ?? '') + (keepEnds ? (parts[i + 1] ?? '') : ''));
  return parts.at(-1) === '' ? lines.slice(0, -1) : lines;
}

function partition(s: string, separator: string, at: number, fromEnd: boolean): PyTuple {
  nonEmpty(separator);
  if (at === -1) return new PyTuple(fromEnd ? ['', '', s] : [s, '', '']);
  return new PyTuple([s.slice(0, at), separator, s.slice(at + separator.length)]);
}

function padding(missing: number, fill: Value): string {
  const character = text(fill, 'fillchar');
  if (textLength(character) !== 1) raise('TypeError', 'The fill character must be exactly one character long');
  spendText(Math.max(0, missing));
  return missing <= 0 ? '' : character.repeat(missing);
}

function expandTabs(s: string, size: number): string {
  spendText(s.length * Math.max(1, size));
  let column = 0;
  return Array.from(s, (c) => {
    if (c === '\t') {
      const spaces = size <= 0 ? 0 : size - (column % size);
      column += spaces;
      return ' '.repeat(spaces);
    }
    column = c === '\n' || c === '\r' ? 0 : column + 1;
    return c;
  }).join('');
}
