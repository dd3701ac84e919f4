import { NotAllowedError, PiiAllowlistError } from './errors.ts';
import type { FieldValue } from './field.ts';

/** What a projector hands to the one place that may make an `Allowed`. */
export interface AllowedContent {
  /** The allowed document as JSON text, its fields in the order of the declaration. */
  readonly payload: string;
  /** Values by slot; null where the field was absent, null or a mismatch. */
  readonly values: readonly (FieldValue | null)[];
  /** Slot of each declared path. */
  readonly slots: ReadonlyMap<string, number>;
}

const MAKER = Symbol('maker of Allowed');

let make: (content: AllowedContent) => Allowed<unknown>;
let isAllowed: (value: object) => value is Allowed<unknown>;

/**
 * A document of which every field was named and checked by an allowlist. Only a projector makes one: the constructor is
 * private for the compiler and refuses at run time, the content is in `#private` fields that no cast, spread, proxy or prototype can imitate,
 * and it is text that nobody can change afterwards.
 *
 * `T` maps the declared paths to the types of their values.
 */
export class Allowed<T> {
  readonly #payload: string;
  readonly #values: readonly (FieldValue | null)[];
  readonly #slots: ReadonlyMap<string, number>;

  private constructor(maker: symbol, content: AllowedContent) {
    if (maker !== MAKER) throw new NotAllowedError('a call of the constructor');
    this.#payload = content.payload;
    this.#values = content.values;
    this.#slots = content.slots;
    // Without this, defineProperty could shadow `payload` on an otherwise genuine instance.
    Object.freeze(this);
  }

  static {
    make = (content) => new Allowed(MAKER, content);
    isAllowed = (value): value is Allowed<unknown> => #payload in value;
  }

  /** The allowed document as JSON text, made once at projection. Absent, null and mismatched fields are left out. */
  get payload(): string {
    return this.#payload;
  }

  /**
   * The checked value of a declared path.
   *
   * @returns null when the field was absent, null or a mismatch; a key field is never null.
   * @throws PiiAllowlistError if the path is not declared (the compiler refuses it too).
   */
  column<Path extends keyof T & string>(path: Path): T[Path];
  column(path: string): unknown {
    const slot = this.#slots.get(path);
    if (slot === undefined) {
      throw new PiiAllowlistError(
        'this column is not declared; declared paths are: ' + [...this.#slots.keys()].join(', '),
      );
    }
    return this.#values[slot] ?? null;
  }
}
Object.freeze(Allowed.prototype);
Object.freeze(Allowed);

/** Makes an `Allowed`. Not exported by the library. */
export function makeAllowed<T>(content: AllowedContent): Allowed<T> {
  return make(content) as Allowed<T>;
}

/**
 * The door of everything that stores rows: passes on what a projector made and nothing else, whatever the compiler was told.
 *
 * @throws NotAllowedError for anything else; its message holds no part of the value.
 */
export function openAllowed(value: unknown): Allowed<unknown> {
  if (typeof value === 'object' && value !== null && isAllowed(value)) return value;
  throw new NotAllowedError(value === null ? 'null' : typeof value);
}
