import { AllowlistDefinitionError } from './errors.ts';
import { makeField, type Field, type FieldOptions } from './field.ts';

const MAX_LENGTH = 128;
const IDENTIFIER = /^[A-Za-z0-9][A-Za-z0-9._:-]*$/;
const VERSION = /^\d{1,5}\.\d{1,5}(?:\.\d{1,5})?(?:-(?:alpha|beta|rc|dev)(?:\.?\d{1,4})?)?(?:\+[0-9a-f]{1,12})?$/;

/** What people type into text fields. A pattern that takes any of it describes free text, not a code. */
const FREE_TEXT = [
  'Ann Example',
  'Ann',
  'Müller',
  'ann@example.com',
  '+49 170 1234567',
  '01701234567',
  '192.168.1.20',
  'Main Street 1',
  'a"b',
  'a\\b',
  '',
];

/** An identifier of at most `maxLength` characters (default and most: 128) of the form `[A-Za-z0-9][A-Za-z0-9._:-]*`. */
export function identifier<const Key extends boolean = false>(
  options: FieldOptions<Key> & { readonly maxLength?: number },
): Field<string, Key> {
  const maxLength = checkedLength(options.maxLength ?? MAX_LENGTH);
  const read = (raw: unknown): string | undefined =>
    typeof raw === 'string' && raw.length <= maxLength && IDENTIFIER.test(raw) ? raw : undefined;
  const accepts = `letters, digits and . _ : - (at most ${maxLength}, the first a letter or digit)`;
  return makeField({ type: 'identifier', accepts, read, write: quote }, options);
}

/** A software version: two or three numbers, with a pre-release (`-rc.1`) or a build (`+3f2a`) at most. An IP address is none. */
export function version<const Key extends boolean = false>(options: FieldOptions<Key>): Field<string, Key> {
  const read = (raw: unknown): string | undefined =>
    typeof raw === 'string' && raw.length <= 48 && VERSION.test(raw) ? raw : undefined;
  return makeField({ type: 'version', accepts: 'a version such as 4.6.1 or 5.0.0-rc.1', read, write: quote }, options);
}

/**
 * One of the values listed, letter by letter.
 *
 * @throws AllowlistDefinitionError if the list is empty, repeats a value or holds one longer than 128 characters.
 */
export function enumeration<const Value extends string, const Key extends boolean = false>(
  options: FieldOptions<Key> & { readonly values: readonly Value[] },
): Field<Value, Key> {
  const json = new Map<unknown, string>(options.values.map((value) => [value, JSON.stringify(value)]));
  if (json.size === 0 || json.size !== options.values.length) {
    throw new AllowlistDefinitionError(null, 'an enumeration lists at least one value and none twice');
  }
  for (const value of options.values) checkedLength(Math.max(1, value.length));
  const read = (raw: unknown): Value | undefined => (json.has(raw) ? (raw as Value) : undefined);
  const write = (value: Value): string => json.get(value) ?? JSON.stringify(value);
  return makeField({ type: 'enumeration', accepts: `one of ${options.values.join(', ')}`, read, write }, options);
}

/**
 * A code of a documented form, where neither `identifier` nor `version` fits.
 *
 * @throws AllowlistDefinitionError if the pattern has flags besides `u` and `v`, or takes what people type (names, mail addresses, phone
 *   numbers, IP addresses, quotes, nothing).
 */
export function pattern<const Key extends boolean = false>(
  options: FieldOptions<Key> & {
    /** Must match the whole value; no anchors are needed. */
    readonly pattern: RegExp;
    /** In UTF-16 units, 1 to 128; checked before the pattern is tried. */
    readonly maxLength: number;
  },
): Field<string, Key> {
  const maxLength = checkedLength(options.maxLength);
  const whole = wholePattern(options.pattern, maxLength);
  const read = (raw: unknown): string | undefined =>
    typeof raw === 'string' && raw.length <= maxLength && whole.test(raw) ? raw : undefined;
  const accepts = `${options.pattern.source} (at most ${maxLength} characters)`;
  return makeField({ type: 'pattern', accepts, read, write: (value) => JSON.stringify(value) }, options);
}

function wholePattern(given: RegExp, maxLength: number): RegExp {
  if (given.flags.replace(/[uv]/, '') !== '') {
    throw new AllowlistDefinitionError(null, `the pattern ${given.source} may have no flags besides u and v`);
  }
  const whole = new RegExp(`^(?:${given.source})$`, given.flags);
  const taken = FREE_TEXT.find((sample) => sample.length <= maxLength && whole.test(sample));
  if (taken !== undefined) {
    throw new AllowlistDefinitionError(null, `the pattern ${given.source} takes free text such as "${taken}"`);
  }
  return whole;
}

function checkedLength(length: number): number {
  if (!Number.isInteger(length) || length < 1 || length > MAX_LENGTH) {
    throw new AllowlistDefinitionError(null, `a text has a length of 1 to ${MAX_LENGTH}, not ${length}`);
  }
  return length;
}

/** JSON text of a string whose form rules out everything that JSON escapes. */
function quote(value: string): string {
  return `"${value}"`;
}
