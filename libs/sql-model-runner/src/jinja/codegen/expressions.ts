import type { Arguments, CallExpression, Comparison, Expression, FilterExpression } from '../syntax/ast.ts';
import { float } from '../values/value.ts';
import { unreachable } from '../errors.ts';
import type { Frame } from './names.ts';
import type { CodeUnit } from './unit.ts';

const COMPARISONS: Readonly<Record<Comparison['operator'], string>> = {
  '==': 'equals',
  '!=': 'notEquals',
  '<': 'less',
  '<=': 'lessOrEqual',
  '>': 'greater',
  '>=': 'greaterOrEqual',
  in: 'isIn',
  'not in': 'isNotIn',
};

/** Whether the code of an expression gives a JavaScript boolean. */
function isBoolean(expression: Expression): boolean {
  if (expression.kind === 'constant') return typeof expression.value === 'boolean';
  return expression.kind === 'not' || expression.kind === 'compare' || expression.kind === 'test';
}

/**
 * Expressions → JavaScript.
 *
 * Each operation gets `p = <offset>` as one more argument, which it ignores: evaluated last, right before the call, it tells where an error
 * comes from. `t` is a variable that is read immediately after it was set.
 */
export class ExpressionGenerator {
  protected readonly unit: CodeUnit;

  constructor(unit: CodeUnit) {
    this.unit = unit;
  }

  /** The code of a value. */
  protected value(expression: Expression, frame: Frame): string {
    const { unit } = this;
    const at = `p = ${expression.at}`;
    switch (expression.kind) {
      case 'constant':
        return this.#constant(expression.value);
      case 'float':
        return unit.constant(float(expression.value));
      case 'name':
        return this.name(expression.name, frame, at);
      case 'list':
        return `[${this.#list(expression.items, frame)}]`;
      case 'tuple':
        return unit.operation('tuple', `[${this.#list(expression.items, frame)}]`);
      case 'dict': {
        const entries = expression.entries.map(
          ([key, value]) => `[${this.value(key, frame)}, ${this.value(value, frame)}]`,
        );
        return unit.operation('dict', `[${entries.join(', ')}]`, at);
      }
      case 'conditional': {
        const otherwise =
          expression.otherwise === null ? unit.operation('noElse', 'r', at) : this.value(expression.otherwise, frame);
        return `(${this.condition(expression.test, frame)} ? ${this.value(expression.value, frame)} : ${otherwise})`;
      }
      case 'and':
        return `(${this.#truth(`t = ${this.value(expression.left, frame)}`, at)} ? ${this.value(expression.right, frame)} : t)`;
      case 'or':
        return `(${this.#truth(`t = ${this.value(expression.left, frame)}`, at)} ? t : ${this.value(expression.right, frame)})`;
      case 'not':
        return `!${this.condition(expression.operand, frame)}`;
      case 'compare':
        return this.#compare(expression, frame, at);
      case 'binary': {
        const operands = [this.value(expression.left, frame), this.value(expression.right, frame), at];
        return expression.operator === '+'
          ? unit.operation('add', ...operands)
          : unit.operation('operate', `'${expression.operator}'`, ...operands);
      }
      case 'concat':
        return unit.operation('concat', `[${this.#list(expression.parts, frame)}]`, at);
      case 'unary':
        return unit.operation('unary', `'${expression.operator}'`, this.value(expression.operand, frame), at);
      case 'attribute':
        return unit.operation(
          'getAttribute',
          this.value(expression.object, frame),
          unit.constant(expression.name),
          'b',
          at,
        );
      case 'item':
        return unit.operation(
          'getItem',
          this.value(expression.object, frame),
          this.value(expression.key, frame),
          'b',
          at,
        );
      case 'slice': {
        const bounds = [expression.start, expression.stop, expression.step].map((bound) =>
          bound === null ? 'null' : this.value(bound, frame),
        );
        return unit.operation('getSlice', this.value(expression.object, frame), ...bounds, 'b', at);
      }
      case 'call':
        return this.call(expression, frame, null);
      case 'filter':
        return this.filter(expression, frame, 'null');
      case 'test': {
        const args = this.#args(expression.args, frame, null);
        return `r.applyTest(${unit.constant(expression.name)}, ${this.value(expression.value, frame)}, ${args}, ${at})`;
      }
      default:
        return unreachable(expression);
    }
  }

  /** The code of a JavaScript boolean. */
  protected condition(expression: Expression, frame: Frame): string {
    const code = this.value(expression, frame);
    return isBoolean(expression) ? code : this.#truth(code, `p = ${expression.at}`);
  }

  #truth(code: string, at: string): string {
    return this.unit.operation('isTrue', code, at);
  }

  /** The first variable of that name that has been set, else what the scope has. */
  protected name(name: string, frame: Frame, at: string): string {
    const candidates = frame.candidates(name);
    const isBound = candidates.at(-1)?.isAlwaysSet === true;
    const text = this.unit.constant(name);
    let code = isBound ? '' : `r.lookup(${text}, ${at})`;
    for (const variable of candidates.toReversed()) {
      variable.onUse?.();
      if (variable.isAlwaysSet) code = variable.id;
      else if (variable.isOverridable) code = `r.lookupFirst(${text}, ${variable.id}, ${at})`;
      else code = `(${variable.id} !== undefined ? ${variable.id} : ${code})`;
    }
    return code;
  }

  #constant(value: string | number | bigint | boolean | null): string {
    return typeof value === 'string' || typeof value === 'bigint' ? this.unit.constant(value) : String(value);
  }

  #list(items: readonly Expression[], frame: Frame): string {
    return items.map((item) => this.value(item, frame)).join(', ');
  }

  #compare({ first, rest }: Extract<Expression, { kind: 'compare' }>, frame: Frame, at: string): string {
    let left = this.value(first, frame);
    const comparisons = rest.map(({ operator, operand }, index) => {
      const value = this.value(operand, frame);
      const isLast = index === rest.length - 1;
      const kept = isLast ? '' : this.temporary();
      const code = this.unit.operation(COMPARISONS[operator], left, isLast ? value : `${kept} = ${value}`, at);
      left = kept;
      return code;
    });
    return comparisons.length === 1 ? (comparisons[0] ?? '') : `(${comparisons.join(' && ')})`;
  }

  /** A variable of the function that is being generated. */
  protected temporary(): string {
    throw new Error('temporary() belongs to the statement generator');
  }

  /** @param caller the code of a call block's body. */
  protected call({ callee, args, at }: CallExpression, frame: Frame, caller: string | null): string {
    const { unit } = this;
    const code =
      callee.kind === 'attribute'
        ? unit.operation(
            unit.mode === 'sync' ? 'callMethodSync' : 'callMethod',
            this.value(callee.object, frame),
            unit.constant(callee.name),
            this.#args(args, frame, caller),
            'b',
            `p = ${callee.at}`,
          )
        : unit.operation(
            unit.mode === 'sync' ? 'callSync' : 'call',
            this.value(callee, frame),
            this.#args(args, frame, caller),
            `p = ${callee.kind === 'name' ? callee.at : at}`,
          );
    return unit.awaited(code);
  }

  /** @param body the code of what the innermost filter is applied to, where that is a block's body. */
  protected filter({ value, name, args, at }: FilterExpression, frame: Frame, body: string): string {
    const input =
      value === null ? body : value.kind === 'filter' ? this.filter(value, frame, body) : this.value(value, frame);
    return `r.applyFilter(${this.unit.constant(name)}, ${input}, ${this.#args(args, frame, null)}, p = ${at})`;
  }

  #args({ positional, keyword, spread, keywordSpread }: Arguments, frame: Frame, caller: string | null): string {
    const { unit } = this;
    const items = positional.map((item) => this.value(item, frame));
    if (spread !== null) items.push(`...${unit.operation('iterate', this.value(spread, frame), `p = ${spread.at}`)}`);
    const named = keyword.map(([name, value]) => `[${unit.constant(name)}, ${this.value(value, frame)}]`);
    if (keywordSpread !== null) {
      named.push(`...${unit.operation('keywordEntries', this.value(keywordSpread, frame), `p = ${keywordSpread.at}`)}`);
    }
    if (caller !== null) named.push(`['caller', ${caller}]`);
    if (items.length === 0 && named.length === 0) {
      unit.operations.add('NO_ARGUMENTS');
      return 'NO_ARGUMENTS';
    }
    if (named.length > 0) return `{ positional: [${items.join(', ')}], keyword: new Map([${named.join(', ')}]) }`;
    unit.operations.add('NO_KEYWORDS');
    return `{ positional: [${items.join(', ')}], keyword: NO_KEYWORDS }`;
  }
}
