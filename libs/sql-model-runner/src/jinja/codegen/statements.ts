import type {
  Body,
  CallBlockStatement,
  ForStatement,
  IfStatement,
  MacroStatement,
  NamedBlockStatement,
  Parameter,
  SetBlockStatement,
  Statement,
  Target,
  WithStatement,
} from '../syntax/ast.ts';
import type { MacroSignature } from '../runtime/macro.ts';
import { unreachable } from '../errors.ts';
import { ExpressionGenerator } from './expressions.ts';
import { assignedNames, Frame, targetNames } from './names.ts';
import type { CodeUnit } from './unit.ts';

/** Where printed values go: a string, or the list of parts of a native rendering. */
interface Output {
  readonly id: string;
  readonly isList: boolean;
}

/** Statements → JavaScript, of which each template function is one function. */
export class StatementGenerator extends ExpressionGenerator {
  readonly #exported: ReadonlyMap<Statement, number>;
  #output: Output;
  /** Variables of the function that is being generated, besides those of its frames. */
  #temporaries: string[] = [];

  /** @param exported which statements are the template's definitions, with their index. */
  constructor(unit: CodeUnit, exported: ReadonlyMap<Statement, number>, isNative: boolean) {
    super(unit);
    this.#exported = exported;
    this.#output = { id: unit.name('o'), isList: isNative };
  }

  /** The body of the function that renders the whole template. */
  root(body: Body): string {
    const frame = new Frame(null);
    const output = this.#output;
    const code = this.#block(body, frame, true);
    const start = `let p = 0, t, ${output.id} = ${output.isList ? '[]' : "''"}${this.#declareTemporaries()};\n`;
    return `${start}try {\n${code}return ${output.id};\n} catch (e) { throw ${this.unit.operation('trace', 'e', 'S', 'p', 'null')}; }\n`;
  }

  protected override temporary(): string {
    const id = this.unit.name('n');
    this.#temporaries.push(id);
    return id;
  }

  #declareTemporaries(): string {
    return this.#temporaries.map((id) => `, ${id}`).join('');
  }

  /** The statements of a frame, with its variables declared before them. */
  #block(body: Body, frame: Frame, isRoot = false): string {
    const ids: string[] = [];
    for (const [name, kind] of assignedNames(body)) {
      if (frame.own(name) !== undefined) continue;
      const id = this.unit.name('v');
      ids.push(id);
      frame.declare(name, {
        id,
        isAlwaysSet: false,
        isOverridable: isRoot && kind === 'macro' && this.unit.macrosAreOverridable,
      });
    }
    const code = this.#statements(body, frame);
    return (ids.length === 0 ? '' : `let ${ids.join(', ')};\n`) + code;
  }

  #statements(body: Body, frame: Frame): string {
    return body.map((statement) => this.#statement(statement, frame)).join('');
  }

  #statement(statement: Statement, frame: Frame): string {
    switch (statement.kind) {
      case 'text':
        return this.#print(this.unit.constant(statement.text));
      case 'print':
        return this.#printValue(this.value(statement.value, frame), statement.at);
      case 'do':
        return `${this.value(statement.value, frame)};\n`;
      case 'break':
      case 'continue':
        return `${statement.kind};\n`;
      case 'if':
        return this.#if(statement, frame);
      case 'for':
        return this.#for(statement, frame);
      case 'set':
        return this.#assign(statement.target, this.value(statement.value, frame), frame, statement.at);
      case 'setBlock':
        return this.#setBlock(statement, frame);
      case 'macro':
        return this.#macro(statement, frame);
      case 'namedBlock':
        return this.#namedBlock(statement, frame);
      case 'callBlock':
        return this.#callBlock(statement, frame);
      case 'filterBlock':
        return this.#captured(statement.body, frame, (text) =>
          this.#printValue(this.filter(statement.filter, frame, text), statement.at),
        );
      case 'with':
        return this.#with(statement, frame);
      default:
        return unreachable(statement);
    }
  }

  /** Prints what is a string already. */
  #print(code: string): string {
    return this.#output.isList ? `${this.#output.id}.push(${code});\n` : `${this.#output.id} += ${code};\n`;
  }

  #printValue(code: string, at: number): string {
    return this.#print(this.#output.isList ? code : this.unit.operation('toText', code, `p = ${at}`));
  }

  #if({ branches, otherwise }: IfStatement, frame: Frame): string {
    const parts = branches.map(
      ({ test, body }) => `if (${this.condition(test, frame)}) {\n${this.#statements(body, frame)}}`,
    );
    return `${parts.join(' else ')}${otherwise.length === 0 ? '' : ` else {\n${this.#statements(otherwise, frame)}}`}\n`;
  }

  #assign(target: Target, value: string, frame: Frame, at: number): string {
    if (target.kind === 'name') return `${frame.own(target.name)?.id ?? ''} = ${value};\n`;
    if (target.kind === 'namespace') {
      const namespace = this.name(target.name, frame, `p = ${target.at}`);
      return `${this.unit.operation('setNamespaceAttribute', namespace, this.unit.constant(target.attribute), value, `p = ${at}`)};\n`;
    }
    const items = this.unit.name('n');
    const unpacked = this.unit.operation('unpack', value, String(target.items.length), `p = ${at}`);
    const parts = target.items.map((item, index) => this.#assign(item, `${items}[${index}]`, frame, at));
    return `{ const ${items} = ${unpacked};\n${parts.join('')}}\n`;
  }

  /** Renders a body into a string of its own, in a frame of its own. */
  #captured(body: Body, frame: Frame, use: (text: string) => string): string {
    const outer = this.#output;
    this.#output = { id: this.unit.name('o'), isList: false };
    const { id } = this.#output;
    const code = this.#block(body, new Frame(frame));
    this.#output = outer;
    return `{ let ${id} = '';\n{ ${code}}\n${use(id)}}\n`;
  }

  #setBlock({ target, filter, body, at }: SetBlockStatement, frame: Frame): string {
    return this.#captured(body, frame, (text) =>
      this.#assign(target, filter === null ? text : this.filter(filter, frame, text), frame, at),
    );
  }

  #with({ bindings, body }: WithStatement, frame: Frame): string {
    const inner = new Frame(frame);
    const values = bindings.map(([, expression]) => [this.unit.name('n'), this.value(expression, frame)] as const);
    const ids = this.#declareTargets(
      bindings.map(([target]) => target),
      inner,
    );
    const evaluate = values.map(([id, code]) => `const ${id} = ${code};\n`).join('');
    const assign = bindings
      .map(([target], index) => this.#assign(target, values[index]?.[0] ?? '', inner, target.at))
      .join('');
    return `{ ${evaluate}${ids}${assign}${this.#block(body, inner)}}\n`;
  }

  #declareTargets(targets: readonly Target[], frame: Frame): string {
    const ids = targets.flatMap(targetNames).map((name) => {
      const id = this.unit.name('v');
      frame.declare(name, { id, isAlwaysSet: true, isOverridable: false });
      return id;
    });
    return ids.length === 0 ? '' : `let ${ids.join(', ')};\n`;
  }

  #for(statement: ForStatement, frame: Frame): string {
    const source = this.unit.operation(
      'iterate',
      this.value(statement.iterable, frame),
      `p = ${statement.iterable.at}`,
    );
    return statement.recursive
      ? this.#recursiveFor(statement, frame, source)
      : `{ ${this.#loop(statement, frame, source, 'null', '0')}}\n`;
  }

  /** The loop as a function: `loop(items)` calls it again. */
  #recursiveFor(statement: ForStatement, frame: Frame, source: string): string {
    const { unit } = this;
    const [self, items, depth] = [unit.name('n'), unit.name('i'), unit.name('n')];
    const outer = this.#output;
    const outerTemporaries = this.#temporaries;
    this.#output = { id: unit.name('o'), isList: false };
    this.#temporaries = [];
    const { id } = this.#output;
    const code = this.#loop(statement, frame, items, self, depth);
    const start = `let t, ${id} = ''${this.#declareTemporaries()};\n`;
    this.#output = outer;
    this.#temporaries = outerTemporaries;
    const run = unit.awaited(`${self}(${source}, 0)`);
    return `{ const ${self} = ${unit.functionKeyword} (${items}, ${depth}) {\n${start}${code}return ${id};\n};\n${this.#print(run)}}\n`;
  }

  #loop(statement: ForStatement, frame: Frame, source: string, self: string, depth: string): string {
    const { unit } = this;
    const { target, condition, body, otherwise, at } = statement;
    const inner = new Frame(frame);
    const [loop, items, item, isEmpty] = [unit.name('n'), unit.name('i'), unit.name('i'), unit.name('n')];
    let needsLoop = false;
    const declare = this.#declareTargets([target], inner);
    if (!targetNames(target).includes('loop')) {
      inner.declare('loop', { id: loop, isAlwaysSet: true, isOverridable: false, onUse: () => (needsLoop = true) });
    }
    const code = `${declare}${this.#assign(target, item, inner, at)}${this.#block(body, inner)}`;
    const tick = `${unit.operation('spend', '1', `p = ${at}`)};\n`;
    const filtered = condition === null ? source : items;
    let text = condition === null ? '' : this.#filterItems(statement, frame, source, items, tick);
    if (needsLoop) text += `const ${loop} = ${unit.operation('makeLoop', filtered, depth, self, 'b')};\n`;
    if (otherwise.length > 0) text += `let ${isEmpty} = true;\n`;
    text += `for (const ${item} of ${needsLoop ? loop : filtered}) {\n${otherwise.length > 0 ? `${isEmpty} = false;\n` : ''}${tick}${code}}\n`;
    if (otherwise.length > 0) text += `if (${isEmpty}) {\n${this.#block(otherwise, new Frame(frame))}}\n`;
    return text;
  }

  /** `for … if …`: the loop counts only what passes. */
  #filterItems(
    { target, condition, at }: ForStatement,
    frame: Frame,
    source: string,
    items: string,
    tick: string,
  ): string {
    if (condition === null) return '';
    const inner = new Frame(frame);
    const item = this.unit.name('i');
    const declare = this.#declareTargets([target], inner);
    const assign = this.#assign(target, item, inner, at);
    const test = this.condition(condition, inner);
    return `const ${items} = [];\nfor (const ${item} of ${source}) {\n${tick}${declare}${assign}if (${test}) ${items}.push(${item});\n}\n`;
  }

  #macro(statement: MacroStatement, frame: Frame): string {
    const index = this.#exported.get(statement);
    const code = this.#macroValue(statement.name, statement.parameters, statement.body, frame, index !== undefined);
    return `${frame.own(statement.name)?.id ?? ''} = ${index === undefined ? '' : `x[${index}] = `}${code};\n`;
  }

  #namedBlock(statement: NamedBlockStatement, frame: Frame): string {
    const index = this.#exported.get(statement);
    if (index === undefined) return '';
    return `x[${index}] = ${this.#macroValue(statement.name, statement.parameters, statement.body, frame, true)};\n`;
  }

  #callBlock({ call, parameters, body, at }: CallBlockStatement, frame: Frame): string {
    const caller = this.#macroValue('caller', parameters, body, frame, false);
    return this.#printValue(this.call(call, frame, caller), at);
  }

  /** @param isBoundary whether `return()` ends here. */
  #macroValue(name: string, parameters: readonly Parameter[], body: Body, frame: Frame, isBoundary: boolean): string {
    const { unit } = this;
    const inner = new Frame(frame);
    const ids = parameters.map((parameter) => {
      const id = unit.name('v');
      inner.declare(parameter.name, { id, isAlwaysSet: true, isOverridable: false });
      return id;
    });
    const used = new Set<string>();
    const specials = ['caller', 'varargs', 'kwargs'].map((special) => {
      const id = unit.name('v');
      if (inner.own(special) === undefined) {
        inner.declare(special, { id, isAlwaysSet: false, isOverridable: false, onUse: () => used.add(special) });
      }
      return id;
    });
    const [outer, outerTemporaries] = [this.#output, this.#temporaries];
    this.#output = { id: unit.name('o'), isList: false };
    this.#temporaries = [];
    const defaults = parameters.map((parameter, index) => this.#default(parameter, ids[index] ?? '', inner));
    const code = this.#block(body, inner);
    const { id } = this.#output;
    const start = `let p = 0, t, ${id} = ''${this.#declareTemporaries()};\nlet [${[...ids, ...specials].join(', ')}] = a;\n`;
    [this.#output, this.#temporaries] = [outer, outerTemporaries];
    const signature: MacroSignature = {
      name,
      parameters: parameters.map((parameter) => parameter.name),
      takesCaller: used.has('caller'),
      takesRest: used.has('varargs'),
      takesKeywords: used.has('kwargs'),
      isBoundary,
    };
    const failed = unit.operation('trace', 'e', 'S', 'p', unit.constant(name));
    const run = `${unit.functionKeyword} (a) {\n${start}try {\n${defaults.join('')}${code}return ${id};\n} catch (e) { throw ${failed}; }\n}`;
    return unit.operation(unit.mode === 'sync' ? 'macroSync' : 'macroAsync', 'r', unit.constant(signature), run);
  }

  #default(parameter: Parameter, id: string, frame: Frame): string {
    const value =
      parameter.default === null
        ? this.unit.operation('missingParameter', 'r', this.unit.constant(parameter.name))
        : this.value(parameter.default, frame);
    return `if (${id} === undefined) ${id} = ${value};\n`;
  }
}
