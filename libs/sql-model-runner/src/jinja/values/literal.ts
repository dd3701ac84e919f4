import { parseFloatText, parseInteger } from './numbers.ts';
import { PyDict, PySet } from './dict.ts';
import { unescapeString } from '../syntax/string-literal.ts';
import { float, PyTuple, type Value } from './value.ts';

const TOKEN =
  /\s*(?:([rR]?)('''[^]*?'''|"""[^]*?"""|'[^'\\\n]*(?:\\[^][^'\\\n]*)*'|"[^"\\\n]*(?:\\[^][^"\\\n]*)*")|((?:\d|\.\d)[\w.]*(?:(?<=[eE])[+-]?[\d_]+)?)|([A-Za-z_]\w*)|([-+[\](){},:]))/y;
const NAMES: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['None', null],
  ['True', true],
  ['False', false],
]);
const DEEPEST = 100;

/** Thrown within this file only: the text is no literal. */
class NoLiteral extends Error {}

/**
 * Python's `ast.literal_eval`: strings, numbers, `None`, `True`, `False`, and tuples, lists, dicts and sets of those.
 *
 * @returns undefined when the text is anything else, or begins with blanks (which Python takes for an indentation).
 */
export function literalEval(text: string): Value | undefined {
  if (/^[ \t]/.test(text)) return undefined;
  try {
    const reader = new LiteralReader(text);
    return reader.read();
  } catch (error) {
    if (error instanceof NoLiteral) return undefined;
    throw error;
  }
}

class LiteralReader {
  readonly #text: string;
  #at = 0;
  #token: RegExpExecArray | null = null;

  constructor(text: string) {
    this.#text = text;
  }

  read(): Value {
    this.#advance();
    const value = this.#tuple('', 0);
    if (this.#token !== null) throw new NoLiteral();
    return value;
  }

  #advance(): void {
    TOKEN.lastIndex = this.#at;
    this.#token = TOKEN.exec(this.#text);
    if (this.#token !== null) this.#at = TOKEN.lastIndex;
    else if (this.#text.slice(this.#at).trim() !== '') throw new NoLiteral();
  }

  #is(operator: string): boolean {
    return this.#token?.[5] === operator;
  }

  #skip(operator: string): boolean {
    if (!this.#is(operator)) return false;
    this.#advance();
    return true;
  }

  /** `a`, or `a, b`. */
  #tuple(close: string, depth: number): Value {
    const first = this.#value(depth);
    if (!this.#is(',')) return first;
    const items = [first];
    while (this.#skip(',') && !this.#ends(close)) items.push(this.#value(depth));
    return new PyTuple(items);
  }

  #ends(close: string): boolean {
    return close === '' ? this.#token === null : this.#is(close);
  }

  #value(depth: number): Value {
    if (depth > DEEPEST || this.#token === null) throw new NoLiteral();
    const [, , string, number, name] = this.#token;
    if (string !== undefined) return this.#strings();
    if (number !== undefined) {
      this.#advance();
      return numberValue(number);
    }
    if (name !== undefined) {
      const value = NAMES.get(name);
      if (value === undefined) throw new NoLiteral();
      this.#advance();
      return value;
    }
    return this.#compound(depth + 1);
  }

  #compound(depth: number): Value {
    if (this.#skip('-') || this.#is('+')) return this.#signed();
    if (this.#skip('(')) {
      const value = this.#is(')') ? new PyTuple([]) : this.#tuple(')', depth);
      return this.#closed(')', value);
    }
    if (this.#skip('[')) return this.#closed(']', this.#items(']', depth));
    if (this.#skip('{')) return this.#closed('}', this.#braces(depth));
    throw new NoLiteral();
  }

  /** The number after a sign; the minus has been read already. */
  #signed(): Value {
    const isNegative = !this.#skip('+');
    const number = this.#token?.[3];
    if (number === undefined) throw new NoLiteral();
    this.#advance();
    return numberValue(isNegative ? `-${number}` : number);
  }

  #closed(close: string, value: Value): Value {
    if (!this.#skip(close)) throw new NoLiteral();
    return value;
  }

  #items(close: string, depth: number): Value[] {
    const items: Value[] = [];
    while (!this.#is(close)) {
      items.push(this.#value(depth));
      if (!this.#skip(',')) break;
    }
    return items;
  }

  #braces(depth: number): Value {
    const entries: [Value, Value][] = [];
    const members: Value[] = [];
    while (!this.#is('}')) {
      const key = this.#value(depth);
      if (Array.isArray(key) || key instanceof PyDict || key instanceof PySet) throw new NoLiteral();
      if (this.#skip(':')) entries.push([key, this.#value(depth)]);
      else members.push(key);
      if (!this.#skip(',')) break;
    }
    if (entries.length > 0 && members.length > 0) throw new NoLiteral();
    return members.length > 0 ? new PySet(members) : new PyDict(entries);
  }

  #strings(): string {
    let text = '';
    for (let string = this.#token?.[2]; string !== undefined; string = this.#token?.[2]) {
      const quotes = string.startsWith("'''") || string.startsWith('"""') ? 3 : 1;
      const inside = string.slice(quotes, -quotes);
      const part = this.#token?.[1] === '' ? unescapeString(inside) : inside;
      if (part === null) throw new NoLiteral();
      text += part;
      this.#advance();
    }
    return text;
  }
}

function numberValue(text: string): Value {
  const digits = text.replace(/^-/, '');
  const isInteger = /^(?:0[bBoOxX]\w+|[1-9](?:_?\d)*|0(?:_?0)*)$/.test(digits);
  const value = isInteger
    ? parseInteger(text, 0)
    : /^[\d._eE+-]+$/.test(digits) && /[.eE]/.test(digits)
      ? parseFloatText(text)
      : undefined;
  if (value === undefined) throw new NoLiteral();
  return isInteger ? value : float(Number(value));
}
