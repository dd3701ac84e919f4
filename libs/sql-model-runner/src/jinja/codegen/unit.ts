import type { Macro } from '../runtime/macro.ts';
import type { Value } from '../values/value.ts';

/** Whether the code may wait for the host. */
export type Mode = 'sync' | 'async';

/** What the code of one template is made of: its pool of constants, its generated names, the operations that it uses. */
export class CodeUnit {
  readonly mode: Mode;
  /** Whether macros of the template's top level are looked up in the scope first. */
  readonly macrosAreOverridable: boolean;
  readonly constants: (Value | object)[] = [];
  readonly operations = new Set<string>();
  readonly #pooled = new Map<Value | object, number>();
  #lastName = 0;

  constructor(mode: Mode, macrosAreOverridable: boolean) {
    this.mode = mode;
    this.macrosAreOverridable = macrosAreOverridable;
  }

  /** The code of a constant. Names and texts of a template reach the code only through this pool, as an index. */
  constant(value: Value | object): string {
    let index = this.#pooled.get(value);
    if (index === undefined) {
      index = this.constants.push(value) - 1;
      this.#pooled.set(value, index);
    }
    return `K[${index}]`;
  }

  /** A name that nothing else in this template has. */
  name(prefix: 'v' | 'o' | 'i' | 'n'): string {
    return `${prefix}${++this.#lastName}`;
  }

  /** The code of a call of one of `OPERATIONS`. */
  operation(name: string, ...args: readonly string[]): string {
    this.operations.add(name);
    return `${name}(${args.join(', ')})`;
  }

  /** Waits, where it may, for what a call answered. */
  awaited(call: string): string {
    return this.mode === 'sync'
      ? call
      : `((t = ${call}) instanceof Promise ? ${this.operation('resume', 'r', `await ${this.operation('pause', 't')}`)} : t)`;
  }

  /** `function` or `async function`. */
  get functionKeyword(): string {
    return this.mode === 'sync' ? 'function' : 'async function';
  }
}

/** A compiled template's body: answers its text (or the list of its parts), and puts its definitions into `exports`. */
export type RootFunction = (rendering: object, exports: Macro[]) => unknown;
