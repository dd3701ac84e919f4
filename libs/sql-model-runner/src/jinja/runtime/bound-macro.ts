import { PyCallable, PyTuple, type CallArguments, type Value } from '../values/value.ts';
import type { Macro } from './macro.ts';

/** How a bound macro gets at the code of its template, which is run on the first call. */
export interface MacroSource {
  readonly name: string;
  readonly parameters: readonly string[];
  readonly sync: () => Macro;
  readonly async: () => Macro | Promise<Macro>;
}

/** A macro or block of a template, bound to a scope. Host and templates can call it, synchronously and asynchronously. */
export class BoundMacro extends PyCallable {
  readonly typeName = 'macro';
  readonly name: string;
  readonly #source: MacroSource;

  constructor(source: MacroSource) {
    super();
    this.name = source.name;
    this.#source = source;
  }

  /** @returns the text that the macro renders, or what it gave to `return()`. */
  override callSync(args: CallArguments): Value {
    return this.#source.sync().callSync(args);
  }

  /** As `callSync`; host functions may answer later. */
  override call(args: CallArguments): Value | Promise<Value> {
    const macro = this.#source.async();
    return macro instanceof Promise ? macro.then((loaded) => loaded.call(args)) : macro.call(args);
  }

  override attribute(name: string): Value | undefined {
    if (name === 'name') return this.name;
    return name === 'arguments' ? new PyTuple(this.#source.parameters) : undefined;
  }

  override toRepr(): string {
    return `<Macro '${this.name}'>`;
  }
}
