import { ObjectStoreOptionError } from './errors.ts';

/** What a key of the documented form names. */
export type ResultKey =
  | { readonly kind: 'success'; readonly algorithm: string; readonly folderDate: string }
  | {
      readonly kind: 'part';
      readonly algorithm: string;
      readonly folderDate: string;
      readonly partNumber: number;
      readonly compression: 'gzip' | 'none';
    };

/** `<algorithm>/<YYYY-MM-DD>/part-NNNNN.jsonl[.gz]` and `<algorithm>/<YYYY-MM-DD>/_SUCCESS`; an algorithm is an identifier. */
const KEY = /^([A-Za-z0-9][A-Za-z0-9._:-]{0,127})\/(\d{4}-\d\d-\d\d)\/(?:_SUCCESS|part-(\d{5})\.jsonl(\.gz)?)$/;
const ALGORITHM = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;

/** Reads a key. Keys come from outside: null for every other form, and for days that no calendar has. */
export function parseResultKey(key: string): ResultKey | null {
  const [, algorithm = '', folderDate = '', partNumber, gz] = KEY.exec(key) ?? [];
  if (!isDay(folderDate)) return null;
  if (partNumber === undefined) return { kind: 'success', algorithm, folderDate };
  const compression = gz === undefined ? 'none' : 'gzip';
  return { kind: 'part', algorithm, folderDate, partNumber: Number(partNumber), compression };
}

/** @throws ObjectStoreOptionError unless they can be those of a folder. */
export function checkFolder(algorithm: string, folderDate: string): void {
  if (!ALGORITHM.test(algorithm)) throw new ObjectStoreOptionError('algorithm', 'is no identifier');
  if (!isDay(folderDate)) throw new ObjectStoreOptionError('folderDate', 'is no day; give it as 2026-11-22');
}

/** Whether a text is a day of the calendar, as `2026-11-22`. */
function isDay(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().slice(0, 10) === text;
}
