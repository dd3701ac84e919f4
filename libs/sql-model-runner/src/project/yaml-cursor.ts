import {
  LineCounter,
  parseDocument,
  stringify,
  visit,
  isMap,
  isSeq,
  isPair,
  isScalar,
  type Document,
  type Node,
  type ScalarTag,
  type Tags,
} from 'yaml';
import { display } from './display.ts';
import { ProjectError, type SourcePlace } from '../errors.ts';

/** A value of a YAML file: what JSON can hold. */
export type YamlValue =
  null | boolean | number | bigint | string | readonly YamlValue[] | { readonly [key: string]: YamlValue };

type Key = string | number;

interface YamlFile {
  readonly file: string;
  readonly document: Document.Parsed;
  readonly lines: LineCounter;
}

/** One value of a YAML file that knows its place, so that a wrong one is reported with file and line. */
export class YamlCursor {
  readonly value: unknown;
  readonly keys: readonly Key[];
  readonly #source: YamlFile;

  constructor(value: unknown, keys: readonly Key[], source: YamlFile) {
    this.value = value;
    this.keys = keys;
    this.#source = source;
  }

  /** Whether the key is absent or its value is empty. */
  get isMissing(): boolean {
    return this.value === undefined || this.value === null;
  }

  get file(): string {
    return this.#source.file;
  }

  /** Where the value stands; for a missing one, where its parent does. */
  get place(): SourcePlace {
    const offset = offsetOf(this.#source.document, this.keys);
    if (offset === null) return { file: this.#source.file };
    const { line, col } = this.#source.lines.linePos(offset);
    return { file: this.#source.file, line, column: col };
  }

  get(key: Key): YamlCursor {
    const holder = this.value;
    const value: unknown =
      holder !== null && typeof holder === 'object' && Object.hasOwn(holder, key)
        ? (holder as Record<Key, unknown>)[key]
        : undefined;
    return new YamlCursor(value, [...this.keys, key], this.#source);
  }

  /** The keys and values of a mapping; none when missing. */
  entries(): readonly (readonly [string, YamlCursor])[] {
    if (this.isMissing) return [];
    if (!isRecord(this.value)) this.fail('a mapping (key: value)');
    return Object.keys(this.value).map((key) => [key, this.get(key)] as const);
  }

  /** The items of a list; none when missing. */
  items(): readonly YamlCursor[] {
    if (this.isMissing) return [];
    if (!Array.isArray(this.value)) this.fail('a list');
    return this.value.map((_, index) => this.get(index));
  }

  /** A text; numbers and booleans are taken as they would be printed. */
  text(): string {
    if (typeof this.value === 'string') return this.value;
    if (typeof this.value === 'number' || typeof this.value === 'boolean') return String(this.value);
    return this.fail('a text');
  }

  optionalText(): string | undefined {
    return this.isMissing ? undefined : this.text();
  }

  optionalBoolean(): boolean | undefined {
    if (this.isMissing) return undefined;
    if (typeof this.value === 'boolean') return this.value;
    return this.fail('true or false');
  }

  /** A list of texts; one text alone counts as a list of one. */
  texts(): readonly string[] {
    if (this.isMissing) return [];
    return typeof this.value === 'string' ? [this.value] : this.items().map((item) => item.text());
  }

  record(): Readonly<Record<string, unknown>> {
    if (this.isMissing) return {};
    if (!isRecord(this.value)) this.fail('a mapping (key: value)');
    return this.value;
  }

  /** @throws ProjectError naming what stands here and what was expected. */
  fail(expected: string): never {
    const path = this.keys.length === 0 ? 'the file' : `"${this.keys.join('.')}"`;
    throw new ProjectError(`${path} is ${describe(this.value)}; expected ${expected}`, this.place);
  }
}

/**
 * Reads YAML as dbt's reader (YAML 1.1) does: `yes` and `on` are booleans, merge keys work.
 *
 * @param options.momentOf makes a value of a date or a moment. Default: they stay texts.
 * @throws ProjectError with line and column on a syntax error or a repeated key.
 */
export function parseYaml(
  file: string,
  text: string,
  options: { readonly momentOf?: (text: string) => unknown } = {},
): YamlCursor {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    version: '1.1',
    lineCounter: lines,
    prettyErrors: false,
    logLevel: 'silent',
    customTags: (tags) => pythonTags(tags, options.momentOf),
  } as const);
  const [error] = document.errors;
  if (error) {
    const { line, col } = lines.linePos(error.pos[0]);
    throw new ProjectError(`this is not valid YAML: ${error.message}`, { file, line, column: col }, { cause: error });
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 1000 });
  } catch (cause) {
    throw new ProjectError(
      `this is not valid YAML: ${cause instanceof Error ? cause.message : 'unreadable'}`,
      { file, ...strayAlias(document, lines) },
      { cause },
    );
  }
  return new YamlCursor(value, [], { file, document, lines });
}

/** Where an alias (`*name`) stands that no anchor before it explains. */
function strayAlias(document: Document.Parsed, lines: LineCounter): Omit<SourcePlace, 'file'> | null {
  let offset: number | undefined;
  visit(document, {
    Alias(_, alias) {
      if (alias.resolve(document) !== undefined) return undefined;
      offset = alias.range?.[0];
      return visit.BREAK;
    },
  });
  if (offset === undefined) return null;
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}

/** YAML as Python writes it: a list is not indented, quotes are single, texts that read as another type are quoted. */
export function yamlText(value: unknown, sortsKeys: boolean): string {
  return stringify(value, {
    version: '1.1',
    customTags: (tags) => pythonTags(tags, (text) => text),
    indentSeq: false,
    singleQuote: true,
    sortMapEntries: sortsKeys,
    lineWidth: 80,
  });
}

const MOMENT =
  /^\d{4}-(?:\d\d-\d\d|\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::\d\d)?))?)$/u;

/** The tags of YAML 1.1 as Python's reader resolves them: `y` and `n` are no booleans; dates are texts unless `momentOf` makes more of them. */
function pythonTags(tags: Tags, momentOf: ((text: string) => unknown) | undefined): Tags {
  const replaced = ['tag:yaml.org,2002:timestamp', 'tag:yaml.org,2002:bool', 'tag:yaml.org,2002:float'];
  const kept = tags.filter((tag) => typeof tag === 'string' || !replaced.includes(tag.tag));
  return [
    booleanTag(true, /^(?:yes|Yes|YES|true|True|TRUE|on|On|ON)$/u),
    booleanTag(false, /^(?:no|No|NO|false|False|FALSE|off|Off|OFF)$/u),
    ...FLOATS,
    ...(momentOf === undefined ? [] : [momentTag(momentOf)]),
    ...kept,
  ];
}

/** A number with a fraction has a point, and its exponent a sign: `1e3` and `e2` are texts. */
const FLOATS: readonly ScalarTag[] = [
  floatTag(/^[-+]?(?:\d[\d_]*\.[\d_]*(?:[eE][-+]\d+)?|\.\d[\d_]*(?:[eE][-+]\d+)?)$/u, (text) =>
    Number(text.replaceAll('_', '')),
  ),
  floatTag(/^[-+]?\.(?:inf|Inf|INF)$/u, (text) => (text.startsWith('-') ? -Infinity : Infinity)),
  floatTag(/^\.(?:nan|NaN|NAN)$/u, () => Number.NaN),
];

function momentTag(resolve: (text: string) => unknown): ScalarTag {
  return { tag: 'tag:yaml.org,2002:timestamp', default: true, identify: () => false, test: MOMENT, resolve };
}

function floatTag(test: RegExp, resolve: (text: string) => number): ScalarTag {
  return {
    tag: 'tag:yaml.org,2002:float',
    default: true,
    identify: (given) => typeof given === 'number' && !Number.isInteger(given),
    test,
    resolve,
  };
}

function booleanTag(value: boolean, test: RegExp): ScalarTag {
  return {
    tag: 'tag:yaml.org,2002:bool',
    default: true,
    identify: (given) => given === value,
    test,
    resolve: () => value,
  };
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function describe(value: unknown): string {
  if (value === undefined || value === null) return 'missing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  if (typeof value === 'string') return `the text "${value.length > 60 ? `${value.slice(0, 60)}…` : value}"`;
  return `the ${typeof value} ${display(value)}`;
}

/** The offset of the deepest node that exists along `keys`: of its key, where it has one. */
function offsetOf(document: Document.Parsed, keys: readonly Key[]): number | null {
  let node: unknown = document.contents;
  let offset = startOf(node);
  for (const key of keys) {
    if (isMap(node)) {
      const pair = node.items.find(
        (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(key),
      );
      if (!pair) return offset;
      offset = startOf(pair.key) ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      const item = node.items[Number(key)];
      if (item === undefined) return offset;
      offset = startOf(item) ?? offset;
      node = item;
    } else {
      return offset;
    }
  }
  return offset;
}

function startOf(node: unknown): number | null {
  const range = (node as Node | null)?.range;
  return range ? range[0] : null;
}
