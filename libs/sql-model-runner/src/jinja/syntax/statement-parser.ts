import { suggestion } from '../nearest.ts';
import type {
  Body,
  CallBlockStatement,
  Expression,
  ForStatement,
  IfStatement,
  MacroStatement,
  NamedBlockStatement,
  Parameter,
  Statement,
  Target,
  WithStatement,
} from './ast.ts';
import type { BlockTagForm, BlockTags } from './block-tags.ts';
import { ExpressionParser } from './expression-parser.ts';
import { Lexer, type Token } from './lexer.ts';
import type { Source } from './position.ts';

const UNASSIGNABLE: ReadonlySet<string> = new Set(['true', 'false', 'none', 'True', 'False', 'None']);
const OUTSIDE_THE_LANGUAGE: ReadonlySet<string> = new Set([
  'extends',
  'block',
  'include',
  'import',
  'from',
  'autoescape',
  'trans',
]);
const BUILTIN_TAGS = [
  'if',
  'for',
  'set',
  'macro',
  'call',
  'filter',
  'do',
  'with',
  'break',
  'continue',
  'raw',
  'print',
] as const;

interface OpenTag {
  readonly token: Token;
  readonly ends: readonly string[];
}

/** Jinja's statements with the `do` and `loopcontrols` extensions, and the host's block tags. */
export class StatementParser extends ExpressionParser {
  readonly #blockTags: ReadonlyMap<string, BlockTagForm>;
  readonly #open: OpenTag[] = [];
  #loopDepth = 0;

  constructor(source: Source, tokens: readonly Token[], blockTags: BlockTags) {
    super(source, tokens);
    this.#blockTags = new Map(Object.entries(blockTags));
  }

  parseTemplate(): Body {
    return this.#parseStatements();
  }

  /** Reads until the tag that closes (or continues) the innermost open block; leaves its name as the current token. */
  #parseStatements(): Body {
    const body: Statement[] = [];
    for (;;) {
      const token = this.next();
      if (token.type === 'text') body.push({ kind: 'text', at: token.at, text: token.text });
      else if (token.type === 'printBegin') {
        body.push({ kind: 'print', at: this.current.at, value: this.parseTuple() });
        this.expect('printEnd');
      } else if (token.type === 'blockBegin') {
        const open = this.#open.at(-1);
        if (open !== undefined && this.current.type === 'name' && open.ends.includes(this.current.text)) return body;
        body.push(...this.nested(() => this.#parseStatement()));
        this.expect('blockEnd');
      } else if (this.#open.length === 0) return body;
      else this.#failUnclosed();
    }
  }

  #failUnclosed(): never {
    const open = this.#open.at(-1);
    const ends = (open?.ends ?? []).map((end) => `"{% ${end} %}"`).join(' or ');
    this.fail(`this "${open?.token.text}" block is never closed: expected ${ends}`, open?.token.at ?? 0);
  }

  /** Reads the rest of a block's opening tag and its body; the current token is then the name in the tag that ended it. */
  #parseBody(token: Token, ends: readonly string[]): Body {
    this.skip('operator', ':');
    this.expect('blockEnd');
    this.#open.push({ token, ends });
    const body = this.#parseStatements();
    this.#open.pop();
    return body;
  }

  #parseClosedBody(token: Token, end: string): Body {
    const body = this.#parseBody(token, [end]);
    this.next();
    return body;
  }

  #parseStatement(): readonly Statement[] {
    const token = this.expect('name');
    const { at, text } = token;
    switch (text) {
      case 'if':
        return [this.#parseIf(token)];
      case 'for':
        return [this.#parseFor(token)];
      case 'set':
        return [this.#parseSet(token)];
      case 'macro':
        return [this.#parseMacro(token)];
      case 'call':
        return [this.#parseCallBlock(token)];
      case 'with':
        return [this.#parseWith(token)];
      case 'do':
        return [{ kind: 'do', at: this.current.at, value: this.parseTuple() }];
      case 'print':
        return this.#parsePrint();
      case 'filter': {
        const filter = this.parseBlockFilters(true);
        return [{ kind: 'filterBlock', at, filter, body: this.#parseClosedBody(token, 'endfilter') }];
      }
      case 'break':
      case 'continue':
        if (this.#loopDepth === 0) this.fail(`"${text}" outside of a loop`, at);
        return [{ kind: text, at }];
      default: {
        const form = this.#blockTags.get(text);
        return form === undefined ? this.#failUnknownTag(token) : [this.#parseNamedBlock(token, form)];
      }
    }
  }

  #failUnknownTag({ text, at }: Token): never {
    if (OUTSIDE_THE_LANGUAGE.has(text))
      this.fail(`"${text}" is not supported: templates here do not include or extend others`, at);
    const open = this.#open.at(-1);
    const ends = open?.ends ?? [];
    const hint = suggestion(text, [...BUILTIN_TAGS, ...this.#blockTags.keys(), ...ends]);
    const expected = ends.map((end) => `"${end}"`).join(' or ');
    const inside =
      open === undefined
        ? ''
        : ` ("${open.token.text}" of line ${this.source.position(open.token.at).line} waits for ${expected})`;
    this.fail(`unknown tag "${text}"${inside}${hint}`, at);
  }

  #parseIf(token: Token): IfStatement {
    const branches: { test: Expression; body: Body }[] = [];
    for (;;) {
      const test = this.parseTuple({ conditional: false });
      branches.push({ test, body: this.#parseBody(token, ['elif', 'else', 'endif']) });
      const end = this.next().text;
      if (end === 'endif') return { kind: 'if', at: token.at, branches, otherwise: [] };
      if (end === 'else')
        return { kind: 'if', at: token.at, branches, otherwise: this.#parseClosedBody(token, 'endif') };
    }
  }

  #parseFor(token: Token): ForStatement {
    const target = this.#parseTarget('in');
    this.expect('name', 'in');
    const iterable = this.parseTuple({ conditional: false, endsBefore: 'recursive' });
    const condition = this.skip('name', 'if') === null ? null : this.parseExpression();
    const recursive = this.skip('name', 'recursive') !== null;
    this.#loopDepth++;
    const body = this.#parseBody(token, ['else', 'endfor']);
    this.#loopDepth--;
    const otherwise = this.next().text === 'else' ? this.#parseClosedBody(token, 'endfor') : [];
    return { kind: 'for', at: token.at, target, iterable, condition, recursive, body, otherwise };
  }

  #parseSet(token: Token): Statement {
    const target = this.#parseTarget();
    if (this.skip('operator', '=') !== null) return { kind: 'set', at: token.at, target, value: this.parseTuple() };
    const filter = this.isOperator('|') ? this.parseBlockFilters(false) : null;
    return { kind: 'setBlock', at: token.at, target, filter, body: this.#parseClosedBody(token, 'endset') };
  }

  #parseWith(token: Token): WithStatement {
    const bindings: [Target, Expression][] = [];
    while (!this.is('blockEnd') && !this.isOperator(':')) {
      if (bindings.length > 0) this.expect('operator', ',');
      const target = this.#parseSingleTarget();
      this.expect('operator', '=');
      bindings.push([target, this.parseExpression()]);
    }
    return { kind: 'with', at: token.at, bindings, body: this.#parseClosedBody(token, 'endwith') };
  }

  #parsePrint(): readonly Statement[] {
    const values: Statement[] = [];
    while (!this.is('blockEnd')) {
      if (values.length > 0) this.expect('operator', ',');
      values.push({ kind: 'print', at: this.current.at, value: this.parseExpression() });
    }
    return values;
  }

  #parseMacro(token: Token): MacroStatement {
    const name = this.#parseName();
    const parameters = this.#parseParameters();
    return { kind: 'macro', at: token.at, name, parameters, ...this.#parseDefinitionBody(token, 'endmacro') };
  }

  #parseCallBlock(token: Token): CallBlockStatement {
    const parameters = this.isOperator('(') ? this.#parseParameters() : [];
    const { at } = this.current;
    const call = this.parseExpression();
    if (call.kind !== 'call') this.fail('expected a call: {% call name(…) %}', at);
    const body = this.#outsideLoops(() => this.#parseClosedBody(token, 'endcall'));
    return { kind: 'callBlock', at: token.at, parameters, call, body };
  }

  #parseNamedBlock(token: Token, form: BlockTagForm): NamedBlockStatement {
    const name = this.#parseName();
    const parameters = form === 'macro' && this.isOperator('(') ? this.#parseParameters() : [];
    const options = form === 'options' ? this.#parseBlockOptions() : [];
    const body = this.#parseDefinitionBody(token, `end${token.text}`);
    return { kind: 'namedBlock', at: token.at, tag: token.text, name, parameters, options, ...body };
  }

  /** A body with the offsets of its text, and of what follows its closing tag. */
  #parseDefinitionBody(token: Token, end: string): Pick<MacroStatement, 'body' | 'bodyStart' | 'bodyEnd' | 'end'> {
    this.skip('operator', ':');
    const bodyStart = this.current.end;
    const body = this.#outsideLoops(() => this.#parseBody(token, [end]));
    const bodyEnd = this.source.text.lastIndexOf('{%', this.current.at);
    this.next();
    return { body, bodyStart, bodyEnd, end: this.current.end };
  }

  /** `, default`, `, adapter='postgres'`. */
  #parseBlockOptions(): readonly (readonly [string, Expression | null])[] {
    const options: [string, Expression | null][] = [];
    while (this.skip('operator', ',') !== null) {
      const { text } = this.expect('name');
      options.push([text, this.skip('operator', '=') === null ? null : this.parseExpression()]);
    }
    return options;
  }

  #outsideLoops<T>(parse: () => T): T {
    const depth = this.#loopDepth;
    this.#loopDepth = 0;
    const result = parse();
    this.#loopDepth = depth;
    return result;
  }

  #parseParameters(): readonly Parameter[] {
    const parameters: Parameter[] = [];
    this.expect('operator', '(');
    while (!this.isOperator(')')) {
      const { at } = this.current;
      const name = this.#parseName();
      if (parameters.some((p) => p.name === name)) this.fail(`parameter "${name}" is declared twice`, at);
      const annotation = this.skip('operator', ':') === null ? null : this.#parseAnnotation();
      const initial = this.skip('operator', '=') === null ? null : this.parseExpression();
      if (initial === null && parameters.at(-1)?.default)
        this.fail(`parameter "${name}" needs a default, as the one before it has one`, at);
      parameters.push({ name, at, default: initial, annotation });
      if (!this.isOperator(')')) this.expect('operator', ',');
    }
    this.next();
    return parameters;
  }

  /** The type of a parameter, `Dict[str, str]`: kept as it is written, and not evaluated. */
  #parseAnnotation(): string {
    const start = this.current.at;
    let end = start;
    let depth = 0;
    for (;;) {
      const { type, text } = this.current;
      const ends = type === 'operator' && depth === 0 && (text === ',' || text === ')' || text === '=');
      if (ends || (type !== 'operator' && type !== 'name' && type !== 'string')) break;
      if (type === 'operator') depth += text === '[' || text === '(' ? 1 : text === ']' || text === ')' ? -1 : 0;
      end = this.next().end;
    }
    if (end === start) this.failExpected('a type');
    return this.source.text.slice(start, end);
  }

  #parseName(): string {
    const { text, at } = this.expect('name');
    if (UNASSIGNABLE.has(text)) this.fail(`cannot assign to "${text}"`, at);
    return text;
  }

  #parseTarget(endsBefore?: string): Target {
    const { at } = this.current;
    const items: Target[] = [];
    let isTuple = false;
    const ends = (): boolean => endsBefore !== undefined && this.isKeyword(endsBefore);
    while (!this.is('blockEnd') && !this.isOperator('=') && !this.isOperator(')') && !ends()) {
      items.push(this.#parseSingleTarget());
      if (this.skip('operator', ',') === null) break;
      isTuple = true;
    }
    const [first] = items;
    if (first === undefined) this.failExpected('a name');
    return isTuple ? { kind: 'tuple', at, items } : first;
  }

  #parseSingleTarget(): Target {
    const { at } = this.current;
    if (this.skip('operator', '(') !== null) {
      const target = this.nested(() => this.#parseTarget());
      this.expect('operator', ')');
      return target;
    }
    const name = this.#parseName();
    if (name === 'loop' && this.#loopDepth > 0) this.fail('cannot assign to "loop" inside of a loop', at);
    if (this.skip('operator', '.') === null) return { kind: 'name', at, name };
    return { kind: 'namespace', at, name, attribute: this.expect('name').text };
  }
}

/** Text → tree. @throws JinjaSyntaxError with the place and what was expected. */
export function parseTemplate(source: Source, blockTags: BlockTags): Body {
  const rawTags = new Set(Object.keys(blockTags).filter((tag) => blockTags[tag] === 'raw'));
  return new StatementParser(source, new Lexer(source, rawTags).tokens(), blockTags).parseTemplate();
}
