import { makeField, type Field, type FieldOptions } from './field.ts';

/** `true` or `false`; strings and numbers are mismatches. */
export function boolean<const Key extends boolean = false>(options: FieldOptions<Key>): Field<boolean, Key> {
  const read = (raw: unknown): boolean | undefined => (typeof raw === 'boolean' ? raw : undefined);
  return makeField({ type: 'boolean', accepts: 'true or false', read, write: String }, options);
}
