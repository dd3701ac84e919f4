import { AllowlistDefinitionError } from './errors.ts';
import { makeField, type Field, type FieldOptions, type FieldType } from './field.ts';
import { numberText } from './number-text.ts';

/** A number must say its range: what lies outside is a mismatch. Both ends are included. */
export interface NumberOptions<Key extends boolean = boolean> extends FieldOptions<Key> {
  readonly min: number;
  readonly max: number;
  /** Whether a string in JSON's number syntax ("21.5", not " 21.5" or "0x15") becomes a number. Default: false, it is a mismatch. */
  readonly numericStrings?: boolean;
}

/**
 * A finite number within its range. Whole numbers beyond ±(2^53 − 1) are mismatches: they have lost digits already.
 *
 * @throws AllowlistDefinitionError if the range is empty or not finite.
 */
export function number<const Key extends boolean = false>(options: NumberOptions<Key>): Field<number, Key> {
  return numeric('number', options, (value) => !Number.isInteger(value) || Number.isSafeInteger(value));
}

/**
 * A whole number within its range and within ±(2^53 − 1); 3.0 is whole, 3.5 is a mismatch.
 *
 * @throws AllowlistDefinitionError if the range is empty or not finite.
 */
export function integer<const Key extends boolean = false>(options: NumberOptions<Key>): Field<number, Key> {
  return numeric('integer', options, (value) => Number.isSafeInteger(value));
}

/** JSON's number syntax: https://www.rfc-editor.org/rfc/rfc8259#section-6 */
const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const MAX_NUMERIC_STRING_LENGTH = 32;

function numeric<Key extends boolean>(
  type: FieldType,
  options: NumberOptions<Key>,
  holds: (value: number) => boolean,
): Field<number, Key> {
  const { min, max, numericStrings = false } = options;
  if (!Number.isFinite(min) || !Number.isFinite(max) || min > max) {
    throw new AllowlistDefinitionError(null, `the range ${min} to ${max} is no finite range with min <= max`);
  }
  const read = (raw: unknown): number | undefined => {
    let value: number;
    if (typeof raw === 'number') value = raw;
    else if (numericStrings && isNumericString(raw)) value = Number(raw);
    else return undefined;
    // Written so that NaN fails; adding 0 turns -0 into 0.
    return value >= min && value <= max && holds(value) ? value + 0 : undefined;
  };
  const accepts = `${min} to ${max}${numericStrings ? ', also as a numeric string' : ''}`;
  return makeField({ type, accepts, read, write: numberText }, options);
}

function isNumericString(raw: unknown): raw is string {
  return typeof raw === 'string' && raw.length <= MAX_NUMERIC_STRING_LENGTH && JSON_NUMBER.test(raw);
}
