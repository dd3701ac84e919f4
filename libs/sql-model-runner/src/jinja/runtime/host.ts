import { raise } from '../errors.ts';
import { toPython } from '../values/convert.ts';
import { releaseBudget, useBudget } from './budget.ts';
import { PyCallable, typeName, type CallArguments, type Operator, type Value } from '../values/value.ts';

/** A function of the host that templates can call. What it answers goes through `toPython`. */
export type HostFunctionBody = (args: CallArguments) => unknown;

/** See `hostFunction`. */
export class HostFunction extends PyCallable {
  readonly typeName = 'function';
  readonly name: string;
  readonly #body: HostFunctionBody;

  constructor(name: string, body: HostFunctionBody) {
    super();
    this.name = name;
    this.#body = body;
  }

  override callSync(args: CallArguments): Value {
    return settled(this.name, this.#body, args);
  }

  override call(args: CallArguments): Value | Promise<Value> {
    return answered(this.#body, args);
  }

  override attribute(name: string): Value | undefined {
    return name === '__name__' || name === 'name' ? this.name : undefined;
  }

  override toRepr(): string {
    return `<function ${this.name}>`;
  }
}

/**
 * Lets templates call a function of the host.
 *
 * @param name for messages.
 * @param body takes the arguments as they were given; may answer with a promise, which is an error in a synchronous rendering.
 */
export function hostFunction(name: string, body: HostFunctionBody): HostFunction {
  return new HostFunction(name, body);
}

/** What a host object shows of itself to templates. Nothing else of it can be reached. */
export interface HostObjectDefinition {
  /** Name of the type, as in messages and in `<Relation object>`. */
  readonly typeName: string;
  /** By name. A getter is read each time. Values are those of templates (`toPython`, `hostFunction`, `hostObject`). */
  readonly attributes?: Readonly<Record<string, Value>>;
  /** Asked for attributes that are not in `attributes`; undefined: there is none. */
  readonly otherAttribute?: (name: string) => Value | undefined;
  /** Asked for `object[key]`; undefined: there is none. Without it attributes answer for string keys. */
  readonly item?: (key: Value) => Value | undefined;
  /** `{{ object(…) }}`. */
  readonly call?: HostFunctionBody;
  /** `str(object)`; without it as `repr`. */
  readonly text?: () => string;
  /** `repr(object)`. */
  readonly repr?: () => string;
  readonly iterate?: () => Iterable<Value>;
  readonly size?: () => number;
  readonly isTrue?: () => boolean;
  /** Whether `is mapping` holds. */
  readonly isMapping?: boolean;
  /** Two objects that give the same key (a primitive) are equal, and one key of a dict. */
  readonly key?: () => string | number;
  /** Negative, zero or positive; undefined: no order. */
  readonly compare?: (other: Value) => number | undefined;
  /** `object <operator> other`, or the other way round when reflected. */
  readonly operate?: (operator: Operator, other: Value, reflected: boolean) => Value | undefined;
  /** For the host itself: what it made the object from. Templates cannot reach it. */
  readonly host?: unknown;
}

/** See `hostObject`. */
export class HostObject extends PyCallable {
  readonly typeName: string;
  override readonly isMapping: boolean;
  readonly definition: HostObjectDefinition;

  constructor(definition: HostObjectDefinition) {
    super();
    this.definition = definition;
    this.typeName = definition.typeName;
    this.isMapping = definition.isMapping ?? false;
  }

  /** Whether `{{ object() }}` is possible. */
  get isCallable(): boolean {
    return this.definition.call !== undefined;
  }

  override attribute(name: string): Value | undefined {
    const { attributes, otherAttribute } = this.definition;
    if (attributes !== undefined && Object.hasOwn(attributes, name)) return attributes[name];
    return otherAttribute?.(name);
  }

  override attributeNames(): Iterable<string> {
    return Object.keys(this.definition.attributes ?? {});
  }

  override item(key: Value): Value | undefined {
    if (this.definition.item !== undefined) return this.definition.item(key);
    return typeof key === 'string' ? this.attribute(key) : undefined;
  }

  override iterate(): Iterable<Value> | undefined {
    return this.definition.iterate?.();
  }

  override size(): number | undefined {
    return this.definition.size?.();
  }

  override isTrue(): boolean {
    return this.definition.isTrue?.() ?? super.isTrue();
  }

  override toText(): string {
    return this.definition.text?.() ?? this.toRepr();
  }

  override toRepr(): string {
    return this.definition.repr?.() ?? super.toRepr();
  }

  override equals(other: Value): boolean {
    if (this === other) return true;
    const { key, compare } = this.definition;
    if (key !== undefined)
      return other instanceof HostObject && other.typeName === this.typeName && other.definition.key?.() === key();
    return compare?.(other) === 0;
  }

  override compare(other: Value): number | undefined {
    return this.definition.compare?.(other);
  }

  override hashKey(): unknown {
    const key = this.definition.key?.();
    return key === undefined ? this : `\u0000h${this.typeName}:${key}`;
  }

  override operate(operator: Operator, other: Value, reflected: boolean): Value | undefined {
    return this.definition.operate?.(operator, other, reflected);
  }

  override callSync(args: CallArguments): Value {
    return settled(this.typeName, this.#body, args);
  }

  override call(args: CallArguments): Value | Promise<Value> {
    return answered(this.#body, args);
  }

  get #body(): HostFunctionBody {
    return this.definition.call ?? raise('TypeError', `'${this.typeName}' object is not callable`);
  }
}

/** Shows an object of the host to templates: exactly the attributes and operations that are named. */
export function hostObject(definition: HostObjectDefinition): HostObject {
  return new HostObject(definition);
}

/** Whether a template could call the value. */
export function isCallable(value: Value): value is PyCallable {
  return value instanceof PyCallable && !(value instanceof HostObject && !value.isCallable);
}

/** Calls what a template handed over. @throws JinjaError if it cannot be called. */
export function callValue(value: Value, args: CallArguments): Value | Promise<Value> {
  return value instanceof PyCallable ? value.call(args) : notCallable(value);
}

/** As `callValue`, where nothing may wait. */
export function callValueSync(value: Value, args: CallArguments): Value {
  return value instanceof PyCallable ? value.callSync(args) : notCallable(value);
}

function notCallable(value: Value): never {
  raise('TypeError', `'${typeName(value)}' object is not callable`);
}

function settled(name: string, body: HostFunctionBody, args: CallArguments): Value {
  const answer = answered(body, args);
  if (!(answer instanceof Promise)) return answer;
  answer.then(undefined, () => undefined);
  return raise(
    'RuntimeError',
    `"${name}" has to wait for its answer, which is not possible in a synchronous rendering`,
  );
}

/** Calls the host: its work is not the template's. */
function answered(body: HostFunctionBody, args: CallArguments): Value | Promise<Value> {
  const budget = releaseBudget();
  try {
    const answer = body(args);
    return isThenable(answer) ? Promise.resolve(answer).then(toPython) : toPython(answer);
  } finally {
    useBudget(budget);
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
