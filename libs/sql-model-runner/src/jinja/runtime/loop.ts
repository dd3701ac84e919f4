import { raise } from '../errors.ts';
import { equals } from '../values/compare.ts';
import { iterate } from '../values/dict.ts';
import { PyUndefined, type UndefinedBehaviour } from '../values/undefined.ts';
import { PyCallable, PyTuple, type CallArguments, type Value } from '../values/value.ts';
import { bindArguments, Builtin, signature } from '../builtins/native.ts';

/** Renders a recursive loop's body for other items. */
export type LoopFunction = (items: Iterable<Value>, depth: number) => Value | Promise<Value>;

const CALL = signature('iterable');
const NAMES = [
  'index',
  'index0',
  'revindex',
  'revindex0',
  'first',
  'last',
  'length',
  'depth',
  'depth0',
  'previtem',
  'nextitem',
  'cycle',
  'changed',
];

/** The variable `loop`, which is also what goes through the items. */
export class Loop extends PyCallable {
  readonly typeName = 'LoopContext';
  readonly #items: readonly Value[];
  readonly #depth: number;
  readonly #again: LoopFunction | null;
  readonly #behaviour: UndefinedBehaviour;
  #index = -1;
  #lastChanged: PyTuple | null = null;

  constructor(items: Iterable<Value>, depth: number, again: LoopFunction | null, behaviour: UndefinedBehaviour) {
    super();
    this.#items = Array.isArray(items) ? items : [...items];
    this.#depth = depth;
    this.#again = again;
    this.#behaviour = behaviour;
  }

  /** For the generated code. A list that grows while it is gone through is gone through to its new end. */
  *[Symbol.iterator](): Iterator<Value> {
    for (this.#index = 0; this.#index < this.#items.length; this.#index++) yield this.#items[this.#index] ?? null;
  }

  override attribute(name: string): Value | undefined {
    switch (name) {
      case 'index':
        return this.#index + 1;
      case 'index0':
        return this.#index;
      case 'revindex':
        return this.#items.length - this.#index;
      case 'revindex0':
        return this.#items.length - this.#index - 1;
      case 'first':
        return this.#index === 0;
      case 'last':
        return this.#index === this.#items.length - 1;
      case 'length':
        return this.#items.length;
      case 'depth':
        return this.#depth + 1;
      case 'depth0':
        return this.#depth;
      case 'previtem':
        return this.#at(this.#index - 1, 'there is no previous item');
      case 'nextitem':
        return this.#at(this.#index + 1, 'there is no next item');
      case 'cycle':
        return new Builtin('cycle', ({ positional }) =>
          positional.length === 0
            ? raise('TypeError', 'no items for cycling given')
            : (positional[this.#index % positional.length] ?? null),
        );
      case 'changed':
        return new Builtin('changed', ({ positional }) => this.#changed(new PyTuple(positional)));
      default:
        return undefined;
    }
  }

  #at(index: number, reason: string): Value {
    const item = this.#items[index];
    return item === undefined ? new PyUndefined(this.#behaviour, 'loop', () => reason) : item;
  }

  #changed(values: PyTuple): boolean {
    const isSame = this.#lastChanged !== null && equals(this.#lastChanged, values);
    this.#lastChanged = values;
    return !isSame;
  }

  override attributeNames(): Iterable<string> {
    return NAMES;
  }

  override size(): number {
    return this.#items.length;
  }

  override call(args: CallArguments): Value | Promise<Value> {
    if (this.#again === null) raise('TypeError', "The loop must have the 'recursive' marker to be called recursively.");
    const [items = null] = bindArguments('loop', CALL, args);
    return this.#again(iterate(items), this.#depth + 1);
  }

  override callSync(args: CallArguments): Value {
    const answer = this.call(args);
    return answer instanceof Promise ? raise('RuntimeError', 'an asynchronous loop cannot be called here') : answer;
  }
}
