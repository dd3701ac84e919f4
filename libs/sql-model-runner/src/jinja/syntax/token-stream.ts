import { JinjaSyntaxError } from '../errors.ts';
import type { Token, TokenType } from './lexer.ts';
import type { Source } from './position.ts';

/** Parentheses, operators and blocks may nest this deep; Python's own parser has such a bound, too. */
const DEEPEST_NESTING = 200;

/** Reads tokens one by one, and knows how to say what was expected instead. */
export class TokenStream {
  protected readonly source: Source;
  readonly #tokens: readonly Token[];
  readonly #end: Token;
  #index = 0;
  #depth = 0;

  constructor(source: Source, tokens: readonly Token[]) {
    this.source = source;
    this.#tokens = tokens;
    this.#end = tokens.at(-1) ?? { type: 'end', text: '', at: 0, end: 0 };
  }

  protected get current(): Token {
    return this.#tokens[this.#index] ?? this.#end;
  }

  protected peek(): Token {
    return this.#tokens[this.#index + 1] ?? this.#end;
  }

  protected next(): Token {
    const token = this.current;
    this.#index++;
    return token;
  }

  protected is(type: TokenType, text?: string): boolean {
    const token = this.current;
    return token.type === type && (text === undefined || token.text === text);
  }

  protected isOperator(text: string): boolean {
    return this.is('operator', text);
  }

  protected isKeyword(text: string): boolean {
    return this.is('name', text);
  }

  protected skip(type: TokenType, text?: string): Token | null {
    return this.is(type, text) ? this.next() : null;
  }

  protected expect(type: TokenType, text?: string): Token {
    return this.is(type, text) ? this.next() : this.failExpected(text === undefined ? NAMES[type] : `"${text}"`);
  }

  /** Runs `parse` one level deeper. */
  protected nested<T>(parse: () => T): T {
    if (++this.#depth > DEEPEST_NESTING)
      this.fail(`nested too deeply: more than ${DEEPEST_NESTING} levels`, this.current.at);
    const result = parse();
    this.#depth--;
    return result;
  }

  protected failExpected(expected: string): never {
    const token = this.current;
    const found = token.type === 'name' || token.type === 'operator' ? `"${token.text}"` : NAMES[token.type];
    this.fail(`expected ${expected}, found ${found}`, token.at);
  }

  protected fail(reason: string, at: number): never {
    throw new JinjaSyntaxError(reason, { file: this.source.file, ...this.source.position(at), macro: null });
  }
}

const NAMES: Readonly<Record<TokenType, string>> = {
  text: 'text',
  blockBegin: '"{%"',
  blockEnd: 'the end of the tag, "%}"',
  printBegin: '"{{"',
  printEnd: 'the end of the expression, "}}"',
  name: 'a name',
  string: 'a string',
  integer: 'an integer',
  float: 'a number',
  operator: 'an operator',
  end: 'the end of the template',
};
