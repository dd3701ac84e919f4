import { JinjaError, raise } from '../errors.ts';
import { callNative } from '../builtins/native.ts';
import type { Source } from '../syntax/position.ts';
import { equals } from '../values/compare.ts';
import { iterate, PyDict } from '../values/dict.ts';
import {
  add,
  concat,
  greater,
  greaterOrEqual,
  isIn,
  isNotIn,
  less,
  lessOrEqual,
  notEquals,
  operate,
  unary,
} from '../values/operators.ts';
import { toText } from '../values/print.ts';
import { PyUndefined, type UndefinedBehaviour } from '../values/undefined.ts';
import {
  isTrue,
  NO_ARGUMENTS,
  NO_KEYWORDS,
  PyTuple,
  typeName,
  type CallArguments,
  type Value,
} from '../values/value.ts';
import { getAttribute, getItem, getSlice, nativeMethod, setNamespaceAttribute } from './access.ts';
import { releaseBudget, spend, useBudget } from './budget.ts';
import { callValue, callValueSync } from './host.ts';
import { Loop, type LoopFunction } from './loop.ts';
import { Macro, ReturnSignal, type AsyncBody, type MacroSignature, type SyncBody } from './macro.ts';
import type { Rendering } from './rendering.ts';

function callMethod(
  object: Value,
  name: string,
  args: CallArguments,
  behaviour: UndefinedBehaviour,
): Value | Promise<Value> {
  const native = nativeMethod(object, name);
  return native === undefined
    ? callValue(getAttribute(object, name, behaviour), args)
    : callNative(name, native, object, args);
}

function callMethodSync(object: Value, name: string, args: CallArguments, behaviour: UndefinedBehaviour): Value {
  const native = nativeMethod(object, name);
  return native === undefined
    ? callValueSync(getAttribute(object, name, behaviour), args)
    : callNative(name, native, object, args);
}

function unpack(value: Value, size: number): Value[] {
  const items = [...iterate(value)];
  if (items.length < size) raise('ValueError', `not enough values to unpack (expected ${size}, got ${items.length})`);
  if (items.length > size) raise('ValueError', `too many values to unpack (expected ${size})`);
  return items;
}

function keywordEntries(value: Value): [string, Value][] {
  if (!(value instanceof PyDict)) raise('TypeError', `argument after ** must be a mapping, not ${typeName(value)}`);
  return value
    .entries()
    .map(([key, item]) => (typeof key === 'string' ? [key, item] : raise('TypeError', 'keywords must be strings')));
}

function missingParameter({ behaviour }: Rendering, name: string): Value {
  return new PyUndefined(behaviour, name, () => `parameter '${name}' was not provided`);
}

function noElse({ behaviour }: Rendering): Value {
  const reason = 'the inline if-expression evaluated to false and no else section was defined.';
  return new PyUndefined(behaviour, '', () => reason);
}

/** Takes the running budget from a template that is going to wait. */
function pause(answer: Promise<Value>): Promise<Value> {
  releaseBudget();
  return answer;
}

/** Gives the running budget back to a template that has waited. */
function resume(rendering: Rendering, value: Value): Value {
  useBudget(rendering.budget);
  return value;
}

/** What a template function throws on: every error becomes one of ours and learns the place that it passes through. */
export function trace(error: unknown, source: Source, at: number, macro: string | null): unknown {
  if (error instanceof ReturnSignal) return error;
  const located = error instanceof JinjaError ? error : wrap(error);
  located.addFrame({ file: source.file, ...source.position(at), macro });
  return located;
}

function wrap(error: unknown): JinjaError {
  if (error instanceof RangeError) {
    const isStack = error.message.includes('call stack');
    return new JinjaError(
      isStack ? 'RecursionError' : 'MemoryError',
      isStack ? 'nested or called too deeply' : 'a value became too large',
      { cause: error },
    );
  }
  return error instanceof Error
    ? new JinjaError(error.name, error.message, { cause: error })
    : new JinjaError('Error', String(error), { cause: error });
}

/** All that compiled templates call, by the names that the code generators use. */
export const OPERATIONS = {
  NO_ARGUMENTS,
  NO_KEYWORDS,
  add,
  call: callValue,
  callMethod,
  callMethodSync,
  callSync: callValueSync,
  concat,
  dict: (entries: readonly (readonly [Value, Value])[]): PyDict => new PyDict(entries),
  equals,
  getAttribute,
  getItem,
  getSlice,
  greater,
  greaterOrEqual,
  isIn,
  isNotIn,
  isTrue,
  iterate,
  keywordEntries,
  less,
  lessOrEqual,
  macroAsync: (rendering: Rendering, signature: MacroSignature, body: AsyncBody): Macro =>
    new Macro(rendering, signature, null, body),
  macroSync: (rendering: Rendering, signature: MacroSignature, body: SyncBody): Macro =>
    new Macro(rendering, signature, body, null),
  makeLoop: (items: Iterable<Value>, depth: number, again: LoopFunction | null, behaviour: UndefinedBehaviour): Loop =>
    new Loop(items, depth, again, behaviour),
  missingParameter,
  noElse,
  notEquals,
  operate,
  pause,
  resume,
  setNamespaceAttribute,
  spend,
  toText,
  trace,
  tuple: (items: readonly Value[]): PyTuple => new PyTuple(items),
  unary,
  unpack,
} as const;

export type Operations = typeof OPERATIONS;
