import { JinjaSyntaxError } from '../errors.ts';
import type { Source } from './position.ts';

export type TokenType =
  | 'text'
  | 'blockBegin'
  | 'blockEnd'
  | 'printBegin'
  | 'printEnd'
  | 'name'
  | 'string'
  | 'integer'
  | 'float'
  | 'operator'
  | 'end';

/** `text` is the literal as written, or for text what is printed. `at` and `end` are offsets. */
export interface Token {
  readonly type: TokenType;
  readonly text: string;
  readonly at: number;
  readonly end: number;
}

const SPACE = /\s*/y;
const BLOCK_END = /-%\}\s*|\+?%\}/y;
const PRINT_END = /-\}\}\s*|\}\}/y;
const ASCII_NAME = /[A-Za-z_][\p{ID_Continue}]*/uy;
const NAME = /[\p{ID_Start}_][\p{ID_Continue}]*/uy;
const FLOAT = /(?:\d+_)*\d+(?:(?:\.(?:\d+_)*\d+)?[eE][+-]?(?:\d+_)*\d+|\.(?:\d+_)*\d+)/y;
const INTEGER = /0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|0[xX](?:_?[\da-fA-F])+|[1-9](?:_?\d)*|0(?:_?0)*/y;
const STRING = /'[^'\\]*(?:\\[^][^'\\]*)*'|"[^"\\]*(?:\\[^][^"\\]*)*"/y;
const OPERATOR = /\/\/|\*\*|==|!=|>=|<=|[-+/*%~[\](){}<>=.:|,;]/y;
const RAW_BEGIN = /\{%[-+]?\s*raw\s*(?:-%\}\s*|\+?%\})/y;
const RAW_END = /\{%([-+]?)\s*endraw\s*(?:-%\}\s*|\+?%\})/g;
const COMMENT_END = /-#\}\s*|\+?#\}/g;
const CLOSING: ReadonlyMap<string, string> = new Map([
  ['(', ')'],
  ['[', ']'],
  ['{', '}'],
]);

/** What an end of a tag may begin with: `-`, `+`, `%`, `}`. */
const ENDS: ReadonlySet<number> = new Set([0x2d, 0x2b, 0x25, 0x7d]);

/** What a token is, by its first character. */
function typeOf(code: number): 'name' | 'digit' | 'string' | 'operator' | 'other' {
  if ((code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || code === 0x5f) return 'name';
  if (code >= 0x30 && code <= 0x39) return 'digit';
  if (code === 0x27 || code === 0x22) return 'string';
  return code < 0x80 ? 'operator' : 'other';
}

/** Cuts a template into text and tags, as jinja2's lexer does with its default delimiters. */
export class Lexer {
  readonly #source: Source;
  readonly #text: string;
  readonly #rawTags: ReadonlySet<string>;
  readonly #tokens: Token[] = [];
  #at = 0;

  /** @param rawTags tags whose body is text, whatever stands in it. */
  constructor(source: Source, rawTags: ReadonlySet<string>) {
    this.#source = source;
    this.#text = source.text;
    this.#rawTags = rawTags;
  }

  /** @throws JinjaSyntaxError for what no token can be made of. */
  tokens(): readonly Token[] {
    while (this.#at < this.#text.length) this.#readText();
    this.#push('end', '', this.#text.length);
    return this.#tokens;
  }

  /** Reads text up to the next tag, and the tag. */
  #readText(): void {
    const from = this.#at;
    const tag = this.#nextTag(from);
    const sign = this.#text[tag + 2];
    let text = this.#text.slice(from, tag);
    if (sign === '-' && tag < this.#text.length) text = text.trimEnd();
    this.#pushText(text, from, tag);
    if (tag === this.#text.length) {
      this.#at = tag;
      return;
    }
    const opening = this.#text[tag + 1];
    this.#at = tag + 2 + (sign === '-' || sign === '+' ? 1 : 0);
    if (opening === '#') this.#skipComment(tag);
    else if (opening === '{') this.#readTag('printBegin', 'printEnd', PRINT_END, tag);
    else if (this.#matchAt(RAW_BEGIN, tag) !== null) this.#readRaw(tag);
    else this.#readTag('blockBegin', 'blockEnd', BLOCK_END, tag);
  }

  #nextTag(from: number): number {
    for (let at = this.#text.indexOf('{', from); at !== -1; at = this.#text.indexOf('{', at + 1)) {
      const next = this.#text[at + 1];
      if (next === '%' || next === '{' || next === '#') return at;
    }
    return this.#text.length;
  }

  #skipComment(tag: number): void {
    COMMENT_END.lastIndex = tag + 2;
    const end = COMMENT_END.exec(this.#text);
    if (end === null) this.#fail('this comment is never closed: expected "#}"', tag);
    this.#at = end.index + end[0].length;
  }

  #readRaw(tag: number): void {
    const begin = tag + (this.#matchAt(RAW_BEGIN, tag) ?? '').length;
    RAW_END.lastIndex = begin;
    const end = RAW_END.exec(this.#text);
    if (end === null) this.#fail('this raw block is never closed: expected "{% endraw %}"', tag);
    const text = this.#text.slice(begin, end.index);
    this.#pushText(end[1] === '-' ? text.trimEnd() : text, begin, end.index);
    this.#at = end.index + end[0].length;
  }

  #readRawBody(name: Token): void {
    const pattern = new RegExp(String.raw`\{%([-+]?)\s*end${name.text}\b`, 'g');
    pattern.lastIndex = this.#at;
    const end = pattern.exec(this.#text);
    if (end === null)
      this.#fail(`this "${name.text}" block is never closed: expected "{% end${name.text} %}"`, name.at);
    const text = this.#text.slice(this.#at, end.index);
    this.#pushText(end[1] === '-' ? text.trimEnd() : text, this.#at, end.index);
    this.#at = end.index;
  }

  #readTag(beginType: TokenType, endType: TokenType, endPattern: RegExp, tag: number): void {
    this.#tokens.push({ type: beginType, text: '', at: tag, end: this.#at });
    const open: Token[] = [];
    const first = this.#tokens.length;
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code <= 0x20 || code > 0x7e) this.#at += this.#match(SPACE)?.length ?? 0;
      const end = open.length === 0 && ENDS.has(this.#text.charCodeAt(this.#at)) ? this.#match(endPattern) : null;
      if (end !== null) {
        this.#push(endType, end, this.#at);
        const name = this.#tokens[first];
        if (endType === 'blockEnd' && name !== undefined && this.#rawTags.has(name.text)) this.#readRawBody(name);
        return;
      }
      if (this.#at >= this.#text.length) {
        const last = open.at(-1);
        if (last !== undefined)
          this.#fail(`"${last.text}" is never closed: expected "${CLOSING.get(last.text)}"`, last.at);
        this.#fail(`this tag is never closed: expected "${endType === 'blockEnd' ? '%}' : '}}'}"`, tag);
      }
      this.#balance(this.#readToken(), open);
    }
  }

  #readToken(): Token {
    const at = this.#at;
    const type = typeOf(this.#text.charCodeAt(at));
    if (type === 'name') return this.#push(type, this.#match(ASCII_NAME) ?? '', at);
    if (type === 'string') return this.#push(type, this.#match(STRING) ?? this.#failAtCharacter(at), at);
    if (type === 'operator') return this.#push(type, this.#match(OPERATOR) ?? this.#failAtCharacter(at), at);
    if (type === 'other') return this.#push('name', this.#match(NAME) ?? this.#failAtCharacter(at), at);
    const float = this.#text[at - 1] === '.' ? null : this.#match(FLOAT);
    if (float !== null) return this.#push('float', float, at);
    return this.#push('integer', this.#match(INTEGER) ?? this.#failAtCharacter(at), at);
  }

  #balance(token: Token, open: Token[]): void {
    if (token.type !== 'operator') return;
    if (CLOSING.has(token.text)) open.push(token);
    else if (token.text === ')' || token.text === ']' || token.text === '}') {
      const last = open.pop();
      if (last === undefined) this.#fail(`unexpected "${token.text}": nothing is open that it could close`, token.at);
      const expected = CLOSING.get(last.text);
      if (expected !== token.text) this.#fail(`unexpected "${token.text}", expected "${expected}"`, token.at);
    }
  }

  #failAtCharacter(at: number): never {
    const character = String.fromCodePoint(this.#text.codePointAt(at) ?? 0);
    if (character === "'" || character === '"') this.#fail(`this string is never closed: expected ${character}`, at);
    return this.#fail(`unexpected character ${JSON.stringify(character)}`, at);
  }

  #match(pattern: RegExp): string | null {
    return this.#matchAt(pattern, this.#at);
  }

  #matchAt(pattern: RegExp, at: number): string | null {
    pattern.lastIndex = at;
    return pattern.exec(this.#text)?.[0] ?? null;
  }

  /** Goes on behind the token. */
  #push(type: TokenType, text: string, at: number): Token {
    const token = { type, text, at, end: at + text.length };
    this.#tokens.push(token);
    this.#at = token.end;
    return token;
  }

  #pushText(text: string, at: number, end: number): void {
    if (text !== '') this.#tokens.push({ type: 'text', text, at, end });
  }

  #fail(reason: string, at: number): never {
    throw new JinjaSyntaxError(reason, { file: this.#source.file, ...this.#source.position(at), macro: null });
  }
}
