import { AllowlistDefinitionError } from './errors.ts';

/** What a field may hold after projection. */
export type FieldValue = string | number | boolean;

/** The types a field may have. Free text is not among them. */
export type FieldType =
  'boolean' | 'date' | 'enumeration' | 'identifier' | 'integer' | 'number' | 'pattern' | 'timestamp' | 'version';

/** What every field of an allowlist says about itself. */
export interface FieldOptions<Key extends boolean = boolean> {
  /** Why the platform needs the field, for readers who are no programmers. Required: without a need there is no field. */
  readonly reason: string;
  /** Unit of the value: `degC`, `seconds`, `per cent`. */
  readonly unit?: string;
  /** Whether a row without a valid value here is quarantined. Default: false, the field is left out and the row stays. */
  readonly key?: Key;
}

/** How one field reads and writes its values. */
export interface FieldRule<Value extends FieldValue> {
  readonly type: FieldType;
  /** What passes, in words: `-50 to 100`, `one of AUTO, MANUAL`. */
  readonly accepts: string;
  /** The checked value, or undefined for a mismatch. `raw` may be anything. */
  readonly read: (raw: unknown) => Value | undefined;
  /** JSON text of a checked value. */
  write(value: Value): string;
}

const RULE_MAKER = Symbol('maker of Field');

let ruleIn: (field: object) => FieldRule<FieldValue> | undefined;

/**
 * One allowed field. Only the constructors of this library (`number`, `identifier`, …) make one: a rule written elsewhere
 * could let free text pass.
 */
export class Field<Value extends FieldValue, Key extends boolean> {
  readonly #rule: FieldRule<Value>;
  readonly reason: string;
  /** Null where the value has no unit. */
  readonly unit: string | null;
  readonly key: Key;

  /** @internal Refuses every caller but this library. */
  constructor(maker: symbol, rule: FieldRule<Value>, options: FieldOptions<Key>) {
    if (maker !== RULE_MAKER)
      throw new AllowlistDefinitionError(null, 'a field is made by number(), identifier() and the like');
    this.#rule = rule;
    this.reason = options.reason;
    this.unit = options.unit ?? null;
    this.key = (options.key ?? false) as Key;
    Object.freeze(this);
  }

  static {
    ruleIn = (field) => (#rule in field ? field.#rule : undefined);
  }

  get type(): FieldType {
    return this.#rule.type;
  }

  /** What passes, in words. */
  get accepts(): string {
    return this.#rule.accepts;
  }
}
Object.freeze(Field.prototype);

/** A field of any type, as a declaration lists it. */
export type AnyField = Field<FieldValue, boolean>;

/** Makes a field. Not exported by the library. */
export function makeField<Value extends FieldValue, Key extends boolean>(
  rule: FieldRule<Value>,
  options: FieldOptions<Key>,
): Field<Value, Key> {
  return new Field(RULE_MAKER, rule, options);
}

/** The rule of a field, or undefined for an object that only looks like a field. */
export function ruleOf(field: unknown): FieldRule<FieldValue> | undefined {
  return typeof field === 'object' && field !== null ? ruleIn(field) : undefined;
}
