import { raise } from '../errors.ts';
import { suggestion } from '../nearest.ts';
import { PyDict } from '../values/dict.ts';
import { PyUndefined } from '../values/undefined.ts';
import { PyCallable, PyTuple, type CallArguments, type Value } from '../values/value.ts';
import { releaseBudget, useBudget } from './budget.ts';
import type { Rendering } from './rendering.ts';

/** What a macro takes. */
export interface MacroSignature {
  readonly name: string;
  readonly parameters: readonly string[];
  /** Whether the body uses `caller`, `varargs`, `kwargs`: only then may a call give them. */
  readonly takesCaller: boolean;
  readonly takesRest: boolean;
  readonly takesKeywords: boolean;
  /** Whether `return()` in it, or in what it calls, ends here. */
  readonly isBoundary: boolean;
}

/** One argument a parameter (undefined: not given), then caller, varargs, kwargs. */
type Slots = readonly (Value | undefined)[];
export type SyncBody = (slots: Slots) => Value;
export type AsyncBody = (slots: Slots) => Promise<Value>;

/** What `return()` throws: ends the macro that is running and becomes its value. */
export class ReturnSignal {
  readonly value: Value;

  constructor(value: Value) {
    this.value = value;
  }
}

/** A macro of a template, ready to be called by templates and by the host. */
export class Macro extends PyCallable {
  readonly typeName = 'macro';
  readonly signature: MacroSignature;
  readonly #rendering: Rendering;
  readonly #sync: SyncBody | null;
  readonly #async: AsyncBody | null;

  constructor(rendering: Rendering, signature: MacroSignature, sync: SyncBody | null, async: AsyncBody | null) {
    super();
    this.#rendering = rendering;
    this.signature = signature;
    this.#sync = sync;
    this.#async = async;
  }

  get name(): string {
    return this.signature.name;
  }

  override callSync(args: CallArguments): Value {
    const { budget } = this.#rendering;
    if (this.#sync === null)
      return raise('RuntimeError', `macro "${this.name}" was made by an asynchronous rendering and may have to wait`);
    const slots = bindMacro(this.signature, args, this.#rendering);
    const previous = useBudget(budget);
    budget.enter();
    try {
      return this.#sync(slots);
    } catch (error) {
      return this.#returned(error);
    } finally {
      budget.leave();
      useBudget(previous);
    }
  }

  override call(args: CallArguments): Value | Promise<Value> {
    return this.#async === null ? this.callSync(args) : this.#run(this.#async, args);
  }

  async #run(body: AsyncBody, args: CallArguments): Promise<Value> {
    const { budget } = this.#rendering;
    const slots = bindMacro(this.signature, args, this.#rendering);
    useBudget(budget);
    budget.enter();
    try {
      const answer = body(slots);
      releaseBudget();
      return await answer;
    } catch (error) {
      return this.#returned(error);
    } finally {
      budget.leave();
      releaseBudget();
    }
  }

  #returned(error: unknown): Value {
    if (error instanceof ReturnSignal && this.signature.isBoundary) return error.value;
    throw error;
  }

  override attribute(name: string): Value | undefined {
    if (name === 'name') return this.name;
    if (name === 'arguments') return new PyTuple(this.signature.parameters);
    if (name === 'catch_kwargs') return this.signature.takesKeywords;
    if (name === 'catch_varargs') return this.signature.takesRest;
    return name === 'caller' ? this.signature.takesCaller : undefined;
  }

  override toRepr(): string {
    return `<Macro '${this.name}'>`;
  }
}

function bindMacro(signature: MacroSignature, { positional, keyword }: CallArguments, { behaviour }: Rendering): Slots {
  const { name, parameters } = signature;
  const slots: (Value | undefined)[] = positional.slice(0, parameters.length);
  slots.length = parameters.length + 3;
  const surplus = new Map<string, Value>();
  for (const [key, value] of keyword) {
    const index = parameters.indexOf(key);
    if (index !== -1 && slots[index] === undefined) slots[index] = value;
    else if (index !== -1) raise('TypeError', `macro '${name}' got multiple values for argument '${key}'`);
    else surplus.set(key, value);
  }
  if (signature.takesCaller) {
    slots[parameters.length] = surplus.get('caller') ?? new PyUndefined(behaviour, 'caller', () => 'No caller defined');
    surplus.delete('caller');
  }
  if (signature.takesRest) slots[parameters.length + 1] = new PyTuple(positional.slice(parameters.length));
  else if (positional.length > parameters.length) {
    raise(
      'TypeError',
      `macro '${name}' takes not more than ${parameters.length} argument(s), ${positional.length} were given`,
    );
  }
  if (signature.takesKeywords) slots[parameters.length + 2] = new PyDict(surplus);
  else if (surplus.size > 0) {
    const [key = ''] = surplus.keys();
    raise(
      'TypeError',
      key === 'caller'
        ? `macro '${name}' cannot be used by a call block: it never calls caller()`
        : `macro '${name}' takes no keyword argument '${key}'${suggestion(key, parameters)}`,
    );
  }
  return slots;
}
