import { raise } from '../errors.ts';
import { suggestion } from '../nearest.ts';
import { spend, spendText } from '../runtime/budget.ts';
import { PyDict } from '../values/dict.ts';
import { PyUndefined } from '../values/undefined.ts';
import { PyCallable, PyFloat, typeName, type CallArguments, type Value } from '../values/value.ts';

/** Stands for an argument that was not given, where `None` means something else. */
export const MISSING = new PyUndefined('default', '', () => 'an argument is missing');

interface NativeParameter {
  readonly name: string;
  /** undefined: it must be given. */
  readonly default: Value | undefined;
}

/** The parameters of a function written here. */
export interface Signature {
  readonly parameters: readonly NativeParameter[];
  /** Whether surplus positional arguments are taken, as a list, behind the parameters. */
  readonly takesRest: boolean;
  /** Whether unknown keyword arguments are taken, as a dict, at the very end. */
  readonly takesKeywords: boolean;
}

/** Reads `old, new, count=-1, *rest, **options`; defaults are JSON, or `?` for `MISSING`. */
export function signature(text: string): Signature {
  const parts = text === '' ? [] : text.split(/, (?=[\w*])/);
  return {
    parameters: parts.filter((part) => !part.startsWith('*')).map(readParameter),
    takesRest: parts.some((part) => /^\*[^*]/.test(part)),
    takesKeywords: parts.some((part) => part.startsWith('**')),
  };
}

function readParameter(part: string): NativeParameter {
  const [name = '', initial] = part.split('=');
  if (initial === undefined) return { name, default: undefined };
  return { name, default: initial === '?' ? MISSING : (JSON.parse(initial) as string | number | boolean | null) };
}

/** One value a parameter, in their order. @throws JinjaError for missing, surplus and unknown arguments. */
export function bindArguments(
  name: string,
  { parameters, takesRest, takesKeywords }: Signature,
  args: CallArguments,
): Value[] {
  const given = args.positional;
  if (given.length > parameters.length && !takesRest) {
    raise(
      'TypeError',
      `${name}() takes at most ${parameters.length} argument${parameters.length === 1 ? '' : 's'} (${given.length} given)`,
    );
  }
  const slots = parameters.map((parameter, index) => {
    const keyword = args.keyword.get(parameter.name);
    if (index < given.length && keyword !== undefined)
      raise('TypeError', `${name}() got multiple values for argument '${parameter.name}'`);
    const value = index < given.length ? given[index] : (keyword ?? parameter.default);
    return (
      value ?? (value === null ? null : raise('TypeError', `${name}() missing required argument: '${parameter.name}'`))
    );
  });
  const unknown = [...args.keyword].filter(([key]) => !parameters.some((parameter) => parameter.name === key));
  if (takesRest) slots.push(given.slice(parameters.length));
  if (takesKeywords) slots.push(new PyDict(unknown));
  else if (unknown[0] !== undefined) {
    const [key] = unknown[0];
    const hint = suggestion(
      key,
      parameters.map((parameter) => parameter.name),
    );
    raise('TypeError', `${name}() got an unexpected keyword argument '${key}'${hint}`);
  }
  return slots;
}

/** A function that templates can call on a value. Its parameters are bound by its signature. */
export interface Native {
  readonly signature: Signature;
  readonly body: NativeBody;
}

/** Takes the value itself, then one argument a parameter. */
export type NativeBody = (self: never, ...args: never[]) => Value;

export type NativeTable = ReadonlyMap<string, Native>;

/** A table by name: `Map`s have no prototype that a name could reach into. */
export function natives(table: Readonly<Record<string, readonly [string, NativeBody]>>): NativeTable {
  return new Map(Object.entries(table).map(([name, [text, body]]) => [name, { signature: signature(text), body }]));
}

/** Binds and calls. */
export function callNative(name: string, native: Native, self: Value, args: CallArguments): Value {
  const { parameters, takesRest, takesKeywords } = native.signature;
  if (typeof self === 'string') spendText(self.length);
  else if (Array.isArray(self)) spend(self.length >> 4);
  const body = native.body as (self: Value, ...slots: Value[]) => Value;
  if (parameters.length === args.positional.length && args.keyword.size === 0 && !takesRest && !takesKeywords) {
    return body(self, ...args.positional);
  }
  return body(self, ...bindArguments(name, native.signature, args));
}

/** A function of the language itself; what it does counts as the template's work. */
export class Builtin extends PyCallable {
  readonly typeName = 'builtin_function_or_method';
  readonly #name: string;
  readonly #body: (args: CallArguments) => Value;

  constructor(name: string, body: (args: CallArguments) => Value) {
    super();
    this.#name = name;
    this.#body = body;
  }

  override callSync(args: CallArguments): Value {
    return this.#body(args);
  }

  override call(args: CallArguments): Value {
    return this.#body(args);
  }

  override toRepr(): string {
    return `<built-in function ${this.#name}>`;
  }
}

/** The argument as a string. */
export function text(value: Value, what: string): string {
  return typeof value === 'string' ? value : raise('TypeError', `${what} must be str, not ${typeName(value)}`);
}

/** The argument as an integer that fits a double. */
export function count(value: Value, what: string): number {
  if (typeof value === 'boolean') return Number(value);
  if (typeof value === 'number' && Number.isInteger(value)) return value;
  if (typeof value === 'bigint') return value > 0n ? Number.MAX_SAFE_INTEGER : Number.MIN_SAFE_INTEGER;
  return raise('TypeError', `${what} must be int, not ${typeName(value)}`);
}

/** The argument as a double. */
export function number(value: Value, what: string): number {
  if (value instanceof PyFloat) return value.value;
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return Number(value);
  return raise('TypeError', `${what} must be a number, not ${typeName(value)}`);
}
