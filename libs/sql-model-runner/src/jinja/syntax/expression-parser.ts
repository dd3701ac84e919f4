import type {
  Arguments,
  BinaryOperator,
  CallExpression,
  Comparison,
  ComparisonOperator,
  Expression,
  FilterExpression,
} from './ast.ts';
import type { Token } from './lexer.ts';
import { unescapeString } from './string-literal.ts';
import { TokenStream } from './token-stream.ts';

const COMPARISONS: ReadonlySet<string> = new Set(['==', '!=', '<', '<=', '>', '>=']);
const CONSTANTS: ReadonlyMap<string, boolean | null> = new Map([
  ['true', true],
  ['True', true],
  ['false', false],
  ['False', false],
  ['none', null],
  ['None', null],
]);
const NO_ARGUMENTS: Arguments = { positional: [], keyword: [], spread: null, keywordSpread: null };
/** Integer literals longer than this are refused, as Python refuses to convert them. */
const LONGEST_INTEGER = 4300;

interface TupleOptions {
  /** Whether `a if b else c` may stand in it without parentheses. */
  readonly conditional?: boolean;
  /** Names that end it: `in`, `recursive`. */
  readonly endsBefore?: string;
  /** It stands in parentheses: `()` is the empty tuple. */
  readonly parenthesized?: boolean;
}

/** Jinja's expression grammar, with the precedences of jinja2 (where `~` binds tighter than `+`, and `**` to the left). */
export class ExpressionParser extends TokenStream {
  /** `a`, or the tuple `a, b`. */
  protected parseTuple(options: TupleOptions = {}): Expression {
    const at = this.current.at;
    const items: Expression[] = [];
    let isTuple = false;
    while (!this.#endsTuple(options.endsBefore)) {
      items.push(options.conditional === false ? this.#parseOr() : this.parseExpression());
      if (this.skip('operator', ',') === null) break;
      isTuple = true;
    }
    const [first] = items;
    if (!isTuple && first !== undefined) return first;
    if (first === undefined && options.parenthesized !== true) this.failExpected('an expression');
    return { kind: 'tuple', at, items };
  }

  #endsTuple(endsBefore: string | undefined): boolean {
    const { type, text } = this.current;
    if (type === 'printEnd' || type === 'blockEnd' || (type === 'operator' && text === ')')) return true;
    return endsBefore !== undefined && type === 'name' && text === endsBefore;
  }

  /** `a if b else c` and all that binds tighter. */
  protected parseExpression(): Expression {
    return this.nested(() => {
      let value = this.#parseOr();
      for (let at = this.current.at; this.skip('name', 'if') !== null; at = this.current.at) {
        const test = this.#parseOr();
        const otherwise = this.skip('name', 'else') === null ? null : this.parseExpression();
        value = { kind: 'conditional', at, test, value, otherwise };
      }
      return value;
    });
  }

  #parseOr(): Expression {
    let left = this.#parseAnd();
    for (let at = this.current.at; this.skip('name', 'or') !== null; at = this.current.at) {
      left = { kind: 'or', at, left, right: this.#parseAnd() };
    }
    return left;
  }

  #parseAnd(): Expression {
    let left = this.#parseNot();
    for (let at = this.current.at; this.skip('name', 'and') !== null; at = this.current.at) {
      left = { kind: 'and', at, left, right: this.#parseNot() };
    }
    return left;
  }

  #parseNot(): Expression {
    const at = this.current.at;
    if (this.skip('name', 'not') === null) return this.#parseComparison();
    return this.nested(() => ({ kind: 'not', at, operand: this.#parseNot() }));
  }

  #parseComparison(): Expression {
    const first = this.#parseBinary(0);
    const rest: Comparison[] = [];
    const at = this.current.at;
    for (let operator = this.#comparisonOperator(); operator !== null; operator = this.#comparisonOperator()) {
      rest.push({ operator, operand: this.#parseBinary(0) });
    }
    return rest.length === 0 ? first : { kind: 'compare', at, first, rest };
  }

  #comparisonOperator(): ComparisonOperator | null {
    const { type, text } = this.current;
    if (type === 'operator' && COMPARISONS.has(text)) return this.next().text as ComparisonOperator;
    if (this.skip('name', 'in') !== null) return 'in';
    if (!this.isKeyword('not') || this.peek().text !== 'in') return null;
    this.next();
    this.next();
    return 'not in';
  }

  /** Sums (0), concatenations (1), products (2), powers (3). */
  #parseBinary(level: 0 | 1 | 2 | 3): Expression {
    if (level === 1) return this.#parseConcat();
    const operators = level === 0 ? SUM : level === 2 ? PRODUCT : POWER;
    const operand = (): Expression =>
      level === 0 ? this.#parseBinary(1) : level === 2 ? this.#parseBinary(3) : this.#parseUnary(true);
    let left = operand();
    while (this.current.type === 'operator' && operators.has(this.current.text)) {
      const { at, text } = this.next();
      left = { kind: 'binary', at, operator: text as BinaryOperator, left, right: operand() };
    }
    return left;
  }

  #parseConcat(): Expression {
    const first = this.#parseBinary(2);
    const at = this.current.at;
    if (!this.isOperator('~')) return first;
    const parts = [first];
    while (this.skip('operator', '~') !== null) parts.push(this.#parseBinary(2));
    return { kind: 'concat', at, parts };
  }

  #parseUnary(withFilters: boolean): Expression {
    const { at, text, type } = this.current;
    let value: Expression;
    if (type === 'operator' && (text === '-' || text === '+')) {
      this.next();
      value = { kind: 'unary', at, operator: text, operand: this.nested(() => this.#parseUnary(false)) };
    } else value = this.#parsePrimary();
    value = this.#parsePostfix(value);
    return withFilters ? this.#parseFilters(value) : value;
  }

  #parsePrimary(): Expression {
    const { at, type, text } = this.current;
    if (type === 'name') {
      this.next();
      const constant = CONSTANTS.get(text);
      return constant === undefined ? { kind: 'name', at, name: text } : { kind: 'constant', at, value: constant };
    }
    if (type === 'string') return { kind: 'constant', at, value: this.#parseStrings() };
    if (type === 'integer') return { kind: 'constant', at, value: this.#integer(this.next()) };
    if (type === 'float') return { kind: 'float', at, value: Number(this.next().text.replaceAll('_', '')) };
    if (this.isOperator('(')) return this.nested(() => this.#parseParentheses());
    if (this.isOperator('[')) return this.nested(() => this.#parseList());
    return this.isOperator('{') ? this.nested(() => this.#parseDict()) : this.failExpected('an expression');
  }

  /** Neighbouring string literals are one string, as in Python. */
  #parseStrings(): string {
    let text = '';
    for (let token = this.skip('string'); token !== null; token = this.skip('string')) {
      const part = unescapeString(token.text.slice(1, -1));
      if (part === null) this.fail('this string has an incomplete \\x, \\u or \\U escape', token.at);
      text += part;
    }
    return text;
  }

  #integer(token: Token): number | bigint {
    if (token.text.length > LONGEST_INTEGER) this.fail('this integer has more than 4300 digits', token.at);
    const value = BigInt(token.text.replaceAll('_', ''));
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }

  #parseParentheses(): Expression {
    this.expect('operator', '(');
    const value = this.parseTuple({ parenthesized: true });
    this.expect('operator', ')');
    return value;
  }

  #parseList(): Expression {
    const { at } = this.expect('operator', '[');
    const items: Expression[] = [];
    while (!this.isOperator(']')) {
      items.push(this.parseExpression());
      if (!this.isOperator(']')) this.expect('operator', ',');
    }
    this.next();
    return { kind: 'list', at, items };
  }

  #parseDict(): Expression {
    const { at } = this.expect('operator', '{');
    const entries: [Expression, Expression][] = [];
    while (!this.isOperator('}')) {
      const key = this.parseExpression();
      this.expect('operator', ':');
      entries.push([key, this.parseExpression()]);
      if (!this.isOperator('}')) this.expect('operator', ',');
    }
    this.next();
    return { kind: 'dict', at, entries };
  }

  #parsePostfix(start: Expression): Expression {
    let value = start;
    for (;;) {
      if (this.isOperator('.')) value = this.#parseAttribute(value);
      else if (this.isOperator('[')) value = this.nested(() => this.#parseSubscript(value));
      else if (this.isOperator('(')) value = this.parseCall(value);
      else return value;
    }
  }

  #parseFilters(start: Expression): Expression {
    let value = start;
    for (;;) {
      if (this.isOperator('|')) value = this.#parseFilter(value);
      else if (this.isKeyword('is')) value = this.#parseTest(value);
      else if (this.isOperator('(')) value = this.parseCall(value);
      else return value;
    }
  }

  #parseAttribute(object: Expression): Expression {
    this.expect('operator', '.');
    const token = this.current;
    if (token.type === 'integer') {
      this.next();
      return {
        kind: 'item',
        at: token.at,
        object,
        key: { kind: 'constant', at: token.at, value: this.#integer(token) },
      };
    }
    return { kind: 'attribute', at: token.at, object, name: this.expect('name').text };
  }

  #parseSubscript(object: Expression): Expression {
    const { at } = this.expect('operator', '[');
    const parts: (Expression | { readonly slice: readonly (Expression | null)[] })[] = [];
    while (!this.isOperator(']') || parts.length === 0) {
      parts.push(this.#parseSubscriptPart());
      if (this.skip('operator', ',') === null) break;
    }
    this.expect('operator', ']');
    const [first] = parts;
    if (parts.length === 1 && first !== undefined) {
      if ('kind' in first) return { kind: 'item', at, object, key: first };
      const [start = null, stop = null, step = null] = first.slice;
      return { kind: 'slice', at, object, start, stop, step };
    }
    const items = parts.map((part) =>
      'kind' in part ? part : this.fail('a slice cannot be one of several subscripts', at),
    );
    return { kind: 'item', at, object, key: { kind: 'tuple', at, items } };
  }

  #parseSubscriptPart(): Expression | { readonly slice: readonly (Expression | null)[] } {
    const start = this.isOperator(':') ? null : this.parseExpression();
    if (!this.isOperator(':')) return start ?? this.failExpected('an expression');
    const slice: (Expression | null)[] = [start];
    while (slice.length < 3 && this.skip('operator', ':') !== null) {
      const ends = this.isOperator(':') || this.isOperator(']') || this.isOperator(',');
      slice.push(ends ? null : this.parseExpression());
    }
    return { slice };
  }

  /** `name(…)`, with the callee already read. */
  protected parseCall(callee: Expression): CallExpression {
    const { at } = this.current;
    return { kind: 'call', at, callee, args: this.nested(() => this.#parseArguments()) };
  }

  #parseArguments(): Arguments {
    this.expect('operator', '(');
    const positional: Expression[] = [];
    const keyword: [string, Expression][] = [];
    let spread: Expression | null = null;
    let keywordSpread: Expression | null = null;
    while (!this.isOperator(')')) {
      const { at, type, text } = this.current;
      if (keywordSpread !== null) this.fail('no argument may follow "**"', at);
      if (this.skip('operator', '**') !== null) keywordSpread = this.parseExpression();
      else if (this.isOperator('*')) {
        if (spread !== null) this.fail('a call may have only one "*" argument', at);
        this.next();
        spread = this.parseExpression();
      } else if (type === 'name' && this.peek().type === 'operator' && this.peek().text === '=') {
        if (keyword.some(([name]) => name === text)) this.fail(`argument "${text}" is given twice`, at);
        this.next();
        this.next();
        keyword.push([text, this.parseExpression()]);
      } else {
        if (keyword.length > 0 || spread !== null)
          this.fail('a positional argument may not follow a keyword argument', at);
        positional.push(this.parseExpression());
      }
      if (!this.isOperator(')')) this.expect('operator', ',');
    }
    this.next();
    return { positional, keyword, spread, keywordSpread };
  }

  /** `| name(…)`. `value` null: the body of a block. */
  #parseFilter(value: Expression | null): FilterExpression {
    this.expect('operator', '|');
    return this.#parseFilterName(value);
  }

  #parseFilterName(value: Expression | null): FilterExpression {
    const { at, text } = this.expect('name');
    const name = this.#dotted(text);
    const args = this.isOperator('(') ? this.nested(() => this.#parseArguments()) : NO_ARGUMENTS;
    return { kind: 'filter', at, value, name, args };
  }

  /** `upper | trim` of `{% filter upper | trim %}` and `{% set x | upper %}`. */
  protected parseBlockFilters(startsInline: boolean): FilterExpression {
    let filter = startsInline ? this.#parseFilterName(null) : this.#parseFilter(null);
    while (this.isOperator('|')) filter = this.#parseFilter(filter);
    return filter;
  }

  #dotted(start: string): string {
    let name = start;
    while (this.skip('operator', '.') !== null) name += `.${this.expect('name').text}`;
    return name;
  }

  #parseTest(value: Expression): Expression {
    const { at } = this.expect('name', 'is');
    const negated = this.skip('name', 'not') !== null;
    const name = this.#dotted(this.expect('name').text);
    const test: Expression = { kind: 'test', at, value, name, args: this.#parseTestArguments() };
    return negated ? { kind: 'not', at, operand: test } : test;
  }

  #parseTestArguments(): Arguments {
    if (this.isOperator('(')) return this.nested(() => this.#parseArguments());
    const { type, text, at } = this.current;
    const starts =
      type === 'name'
        ? text !== 'else' && text !== 'or' && text !== 'and'
        : type === 'string' ||
          type === 'integer' ||
          type === 'float' ||
          (type === 'operator' && (text === '[' || text === '{'));
    if (!starts) return NO_ARGUMENTS;
    if (type === 'name' && text === 'is') this.fail('tests cannot be chained with "is"', at);
    return { ...NO_ARGUMENTS, positional: [this.#parsePostfix(this.#parsePrimary())] };
  }
}

const SUM: ReadonlySet<string> = new Set(['+', '-']);
const PRODUCT: ReadonlySet<string> = new Set(['*', '/', '//', '%']);
const POWER: ReadonlySet<string> = new Set(['**']);
