import type { Arguments, Body, Expression, IfStatement } from './syntax/ast.ts';
import { PyDict } from './values/dict.ts';
import { float, type CallArguments, type Value } from './values/value.ts';

/** What a caller knows of names before anything is rendered. */
export interface KnownNames {
  /** Functions whose answer need not be known. */
  readonly functions: ReadonlySet<string>;
  /** Names that may be printed, and attributes of them. */
  readonly values: ReadonlySet<string>;
  /** Names, or functions without arguments, that are false in a condition. */
  readonly falsehoods: ReadonlySet<string>;
}

/** A call of a function by its bare name, with arguments that are literals. */
export interface LiteralCall {
  readonly name: string;
  readonly args: CallArguments;
}

/**
 * The calls that rendering would make, read from the tree without rendering.
 *
 * @returns in the order of rendering; null where the template does anything else than print what `known` covers, so that only rendering tells.
 */
export function literalCalls(body: Body, known: KnownNames): readonly LiteralCall[] | null {
  const calls: LiteralCall[] = [];
  return collect(body, known, calls) ? calls : null;
}

function collect(body: Body, known: KnownNames, calls: LiteralCall[]): boolean {
  return body.every((statement) => {
    if (statement.kind === 'text') return true;
    if (statement.kind === 'if') {
      const chosen = falseBranch(statement, known);
      return chosen !== null && collect(chosen, known, calls);
    }
    return statement.kind === 'print' && collectCall(statement.value, known, calls);
  });
}

/** What is rendered of an `if` with one condition that is known to be false. */
function falseBranch({ branches, otherwise }: IfStatement, { falsehoods }: KnownNames): Body | null {
  const [branch] = branches;
  if (branches.length !== 1 || branch === undefined) return null;
  const { test } = branch;
  if (test.kind === 'name') return falsehoods.has(test.name) ? otherwise : null;
  const isPlain = test.kind === 'call' && test.callee.kind === 'name' && isEmpty(test.args);
  return isPlain && test.callee.kind === 'name' && falsehoods.has(test.callee.name) ? otherwise : null;
}

function isEmpty({ positional, keyword, spread, keywordSpread }: Arguments): boolean {
  return positional.length === 0 && keyword.length === 0 && spread === null && keywordSpread === null;
}

function collectCall(expression: Expression, known: KnownNames, calls: LiteralCall[]): boolean {
  if (expression.kind === 'name') return known.values.has(expression.name);
  if (expression.kind === 'attribute')
    return expression.object.kind === 'name' && known.values.has(expression.object.name);
  if (expression.kind !== 'call' || expression.callee.kind !== 'name') return false;
  const { name } = expression.callee;
  const args = known.functions.has(name) ? literalArguments(expression.args) : null;
  if (args === null) return false;
  calls.push({ name, args });
  return true;
}

function literalArguments({ positional, keyword, spread, keywordSpread }: Arguments): CallArguments | null {
  if (spread !== null || keywordSpread !== null) return null;
  const values = positional.map(literalOf);
  const named = keyword.map(([name, value]) => [name, literalOf(value)] as const);
  if (values.includes(undefined) || named.some(([, value]) => value === undefined)) return null;
  if (new Set(named.map(([name]) => name)).size < named.length) return null;
  return { positional: values as Value[], keyword: new Map(named as (readonly [string, Value])[]) };
}

/** The value of a literal: a constant, or a list or a dict of literals; undefined for anything else. */
export function literalOf(expression: Expression): Value | undefined {
  if (expression.kind === 'constant') return expression.value;
  if (expression.kind === 'float') return float(expression.value);
  if (expression.kind === 'list') {
    const items = expression.items.map(literalOf);
    return items.includes(undefined) ? undefined : (items as Value[]);
  }
  if (expression.kind !== 'dict') return undefined;
  const entries = expression.entries.map(([key, value]) => [literalOf(key), literalOf(value)] as const);
  const isText = entries.every(([key, value]) => typeof key === 'string' && value !== undefined);
  return isText ? new PyDict(entries as (readonly [Value, Value])[]) : undefined;
}
