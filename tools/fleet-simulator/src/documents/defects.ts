import { hash, hashText, unit } from '../world/hash.ts';
import type { Field } from './entities.ts';

/** How often the untidy profile spoils an optional field or adds to an item: shares, 0 … 1. */
export interface DefectRates {
  /** Of the optional fields: left out. */
  readonly missing: number;
  /** Of the optional fields: null, also where the contract's schema does not say so. */
  readonly nulls: number;
  /** Of the numbers: sent as text, e.g. `"21.5"`. */
  readonly numericStrings: number;
  /** Of the optional fields: a value of another type, which nobody can take for the right one. */
  readonly wrongTypes: number;
  /** Of the items: fields added that the contract does not name, at every depth, most of them personal. */
  readonly unknownFields: number;
}

/** What is wrong with one field of one item. */
export type Defect = 'missing' | 'null' | 'numericString' | 'wrongType';

/**
 * Decides what is wrong with a field.
 *
 * @param key hash of the item as it stands: the same item has the same defects whenever it is asked for.
 * @param place number of the field in its entity.
 */
export function defectOf(key: number, place: number, field: Field, rates: DefectRates): Defect | null {
  let chance = unit(hash(key, 1), place);
  if ((chance -= rates.missing) < 0) return 'missing';
  if ((chance -= rates.nulls) < 0) return 'null';
  if ((chance -= rates.wrongTypes) < 0) return 'wrongType';
  const isNumber = field.type === 'integer' || field.type === 'number';
  return isNumber && (chance -= rates.numericStrings) < 0 ? 'numericString' : null;
}

/** Decides what is wrong with a whole nested object, e.g. `connectivity`; a third as often as with a field. */
export function objectDefectOf(
  key: number,
  parent: string,
  rates: DefectRates,
): Exclude<Defect, 'numericString'> | null {
  let chance = 3 * unit(hash(key, 2), hashText(parent));
  if ((chance -= rates.missing) < 0) return 'missing';
  if ((chance -= rates.nulls) < 0) return 'null';
  return chance - rates.wrongTypes < 0 ? 'wrongType' : null;
}
