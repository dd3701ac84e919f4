import { generate } from './codegen/generate.ts';
import { literalCalls, literalOf, type KnownNames, type LiteralCall } from './literal-calls.ts';
import type { Mode, RootFunction } from './codegen/unit.ts';
import { JinjaError, JinjaSyntaxError, raise } from './errors.ts';
import { releaseBudget, useBudget } from './runtime/budget.ts';
import { BoundMacro } from './runtime/bound-macro.ts';
import { ReturnSignal, type Macro } from './runtime/macro.ts';
import { trace } from './runtime/operations.ts';
import { Rendering, type Scope } from './runtime/rendering.ts';
import type { Body, MacroStatement, NamedBlockStatement, Statement } from './syntax/ast.ts';
import type { BlockTags } from './syntax/block-tags.ts';
import { Source } from './syntax/position.ts';
import { parseTemplate } from './syntax/statement-parser.ts';
import type { Value } from './values/value.ts';

export interface CompileOptions {
  /** Path for messages. */
  readonly file: string;
  /** Line on which the text begins in that file. Default 1. */
  readonly firstLine?: number;
  /** Blocks of the host's. Default none. */
  readonly blockTags?: BlockTags;
  /**
   * Where the name of a macro that this template defines is looked up first: in the template (`template`, the default, as in jinja2) or in the
   * scope (`scope`: another file's macro of that name overrides it, as in dbt).
   */
  readonly macroLookup?: 'template' | 'scope';
}

/** A parameter of a macro or block. */
export interface DefinitionParameter {
  readonly name: string;
  readonly hasDefault: boolean;
  /** The type as written, `Dict[str, str]`; null without one. */
  readonly annotation: string | null;
}

/** A macro, or a block of the host's, at the top level of a template. */
export interface Definition {
  /** `macro`, or the block's tag. */
  readonly tag: string;
  readonly name: string;
  readonly parameters: readonly DefinitionParameter[];
  /** Of a block of the form `options`: `default` (true), `adapter` ('postgres'). Only literals; anything else is null. */
  readonly options: ReadonlyMap<string, Value>;
  readonly line: number;
  readonly column: number;
  /** From the opening to the closing tag. */
  readonly source: string;
  /** Between the tags, as written. */
  readonly bodySource: string;
}

type DefinitionStatement = MacroStatement | NamedBlockStatement;

/** A compiled template. It keeps no state of a rendering: one serves any number of scopes, at the same time. */
export class Template {
  readonly file: string;
  /** In the order of the text. */
  readonly definitions: readonly Definition[];
  readonly #source: Source;
  readonly #body: Body;
  readonly #exported: ReadonlyMap<Statement, number>;
  readonly #macrosAreOverridable: boolean;
  readonly #roots = new Map<string, RootFunction>();

  constructor(source: Source, body: Body, options: CompileOptions) {
    this.file = source.file;
    this.#source = source;
    this.#body = body;
    this.#macrosAreOverridable = options.macroLookup === 'scope';
    const statements = body.filter((statement) => statement.kind === 'macro' || statement.kind === 'namedBlock');
    this.#exported = new Map(statements.map((statement, index) => [statement, index]));
    this.definitions = statements.map((statement) => describe(statement, source));
  }

  /**
   * Renders without waiting.
   *
   * @throws JinjaError with the place; also when a host function answers with a promise.
   */
  renderSync(scope: Scope): string {
    return this.#runSync(scope, false, []) as string;
  }

  /** Renders; host functions may answer later. @throws JinjaError with the place. */
  async render(scope: Scope): Promise<string> {
    return (await this.#run(scope, false, [])) as string;
  }

  /** Renders without joining: the text parts and the values of the expressions, in their order. */
  renderParts(scope: Scope): readonly Value[] {
    return this.#runSync(scope, true, []) as Value[];
  }

  /** The macros of this template by name, bound to a scope: callable in both modes. */
  macros(scope: Scope): ReadonlyMap<string, BoundMacro> {
    const module = new Module(this, scope);
    const macros = this.definitions.flatMap((definition, index) =>
      definition.tag === 'macro' ? [[definition.name, module.macro(index)] as const] : [],
    );
    return new Map(macros);
  }

  /** One definition, a macro or a block, bound to a scope: callable in both modes. @param definition one of `definitions`. */
  bind(definition: Definition, scope: Scope): BoundMacro {
    const index = this.definitions.indexOf(definition);
    if (index === -1) raise('ValueError', `"${definition.name}" is not defined by ${this.file}`);
    return new Module(this, scope).macro(index);
  }

  /** Runs the top level for its definitions, in their order. */
  loadSync(scope: Scope): readonly Macro[] {
    const exports: Macro[] = [];
    this.#runSync(scope, false, exports);
    return exports;
  }

  /** As `loadSync`; the top level, and the definitions, may wait. */
  async load(scope: Scope): Promise<readonly Macro[]> {
    const exports: Macro[] = [];
    await this.#run(scope, false, exports);
    return exports;
  }

  /** See {@link literalCalls}. */
  literalCalls(known: KnownNames): readonly LiteralCall[] | null {
    return literalCalls(this.#body, known);
  }

  #runSync(scope: Scope, isNative: boolean, exports: Macro[]): unknown {
    const rendering = Rendering.of(scope);
    const previous = useBudget(rendering.budget);
    try {
      rendering.budget.enter();
      try {
        return this.#root('sync', isNative)(rendering, exports);
      } finally {
        rendering.budget.leave();
      }
    } catch (error) {
      throw this.#failed(error);
    } finally {
      useBudget(previous);
    }
  }

  async #run(scope: Scope, isNative: boolean, exports: Macro[]): Promise<unknown> {
    const { budget } = Rendering.of(scope);
    useBudget(budget);
    try {
      budget.enter();
      try {
        const answer = this.#root('async', isNative)(Rendering.of(scope), exports);
        releaseBudget();
        return await answer;
      } finally {
        budget.leave();
      }
    } catch (error) {
      throw this.#failed(error);
    } finally {
      releaseBudget();
    }
  }

  #failed(error: unknown): unknown {
    if (error instanceof JinjaError && error.frames.length > 0) return error;
    const reason =
      error instanceof ReturnSignal ? new JinjaError('RuntimeError', 'return() is called outside of a macro') : error;
    return trace(reason, this.#source, 0, null);
  }

  #root(mode: Mode, isNative: boolean): RootFunction {
    const key = `${mode} ${isNative}`;
    let root = this.#roots.get(key);
    if (root === undefined) {
      const common = { body: this.#body, source: this.#source, exported: this.#exported };
      root = generate({ ...common, mode, isNative, macrosAreOverridable: this.#macrosAreOverridable });
      this.#roots.set(key, root);
    }
    return root;
  }
}

/** A template's definitions for one scope: its top level runs once, at the first call, in the mode of that call. */
class Module {
  readonly #template: Template;
  readonly #scope: Scope;
  #sync: readonly Macro[] | undefined;
  #async: readonly Macro[] | Promise<readonly Macro[]> | undefined;

  constructor(template: Template, scope: Scope) {
    this.#template = template;
    this.#scope = scope;
  }

  macro(index: number): BoundMacro {
    const { name = '', parameters = [] } = this.#template.definitions[index] ?? {};
    return new BoundMacro({
      name,
      parameters: parameters.map((parameter) => parameter.name),
      sync: () => defined((this.#sync ??= this.#template.loadSync(this.#scope)), index),
      async: () => this.#loaded(index),
    });
  }

  #loaded(index: number): Macro | Promise<Macro> {
    this.#async ??= this.#template.load(this.#scope).then((macros) => (this.#async = macros));
    return this.#async instanceof Promise
      ? this.#async.then((macros) => defined(macros, index))
      : defined(this.#async, index);
  }
}

function defined(macros: readonly Macro[], index: number): Macro {
  return macros[index] ?? raise('RuntimeError', 'the template ended before it defined this macro');
}

function describe(statement: DefinitionStatement, source: Source): Definition {
  const start = source.text.lastIndexOf('{%', statement.at);
  const end = endOfTag(source.text, statement.end);
  return {
    tag: statement.kind === 'macro' ? 'macro' : statement.tag,
    name: statement.name,
    parameters: statement.parameters.map((p) => ({
      name: p.name,
      hasDefault: p.default !== null,
      annotation: p.annotation,
    })),
    options: new Map(
      statement.kind === 'macro'
        ? []
        : statement.options.map(([name, value]) => [name, value === null ? true : (literalOf(value) ?? null)]),
    ),
    ...source.position(start),
    source: source.text.slice(start, end),
    bodySource: source.text.slice(statement.bodyStart, statement.bodyEnd),
  };
}

/** Without the whitespace that `-%}` takes with it. */
function endOfTag(text: string, end: number): number {
  return text.lastIndexOf('%}', end) + 2;
}

/**
 * Compiles a template.
 *
 * Line endings become `\n`, and one at the very end is dropped, as jinja2 does.
 *
 * @throws JinjaSyntaxError with the place and what was expected.
 */
export function compileTemplate(text: string, options: CompileOptions): Template {
  const normalized = text.replaceAll(/\r\n?/g, '\n').replace(/\n$/, '');
  const source = new Source(normalized, options.file, options.firstLine ?? 1);
  try {
    return new Template(source, parseTemplate(source, options.blockTags ?? {}), options);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new JinjaSyntaxError('the template is nested too deeply', {
      file: source.file,
      ...source.position(0),
      macro: null,
    });
  }
}
