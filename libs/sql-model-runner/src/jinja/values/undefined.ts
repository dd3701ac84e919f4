import { raise } from '../errors.ts';
import { suggestion } from '../nearest.ts';
import { PyCallable, type CallArguments, type Value } from './value.ts';

/**
 * What happens with a name or attribute that does not exist.
 * - `default`: as jinja2: prints as nothing, is false and empty; its attributes, items, calls and sums are errors;
 * - `chainable`: as dbt while parsing: its attributes, items and calls answer itself;
 * - `strict`: anything but asking whether it is defined is an error.
 */
export type UndefinedBehaviour = 'default' | 'chainable' | 'strict';

/** A value that does not exist. */
export class PyUndefined extends PyCallable {
  readonly typeName = 'Undefined';
  override readonly isSequence = true;
  readonly behaviour: UndefinedBehaviour;
  /** The name that was asked for. */
  readonly name: string;
  readonly #describe: () => string;

  /** @param describe the message, made only when it is needed. */
  constructor(behaviour: UndefinedBehaviour, name: string, describe: () => string) {
    super();
    this.behaviour = behaviour;
    this.name = name;
    this.#describe = describe;
  }

  /** Throws what using the value gives. */
  fail(): never {
    raise('UndefinedError', this.#describe());
  }

  #lenient<T>(value: T): T {
    return this.behaviour === 'strict' ? this.fail() : value;
  }

  override attribute(): Value {
    return this.behaviour === 'chainable' ? this : this.fail();
  }

  override item(): Value {
    return this.behaviour === 'chainable' ? this : this.fail();
  }

  override call(_args: CallArguments): Value {
    return this.behaviour === 'chainable' ? this : this.fail();
  }

  override callSync(args: CallArguments): Value {
    return this.call(args);
  }

  override iterate(): Iterable<Value> {
    return this.#lenient([]);
  }

  override size(): number {
    return this.#lenient(0);
  }

  override isTrue(): boolean {
    return this.#lenient(false);
  }

  override toText(): string {
    return this.#lenient('');
  }

  override toRepr(): string {
    return this.#lenient('Undefined');
  }

  override equals(other: Value): boolean {
    return this.#lenient(other instanceof PyUndefined);
  }

  override compare(): never {
    return this.fail();
  }

  override operate(): never {
    return this.fail();
  }

  override hashKey(): unknown {
    return this.#lenient('\u0000undefined');
  }
}

/** A name that neither the template nor the scope knows. */
export function undefinedName(behaviour: UndefinedBehaviour, name: string, known: () => Iterable<string>): PyUndefined {
  return new PyUndefined(behaviour, name, () => `'${name}' is undefined${suggestion(name, known())}`);
}
