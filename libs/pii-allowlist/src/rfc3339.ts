const TIMESTAMP = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)$/;
const DATE = /^\d{4}-\d\d-\d\d$/;
const MAX_LENGTH = 35;
const MINUTE_MS = 60_000;
const FIRST_YEAR = 1583;

/**
 * Reads an RFC 3339 `date-time`: https://www.rfc-editor.org/rfc/rfc3339#section-5.6
 * An offset is required; digits beyond the millisecond are cut; a leap second (`:60`) is refused, as JavaScript has none.
 *
 * @returns epoch milliseconds, or undefined if the text is no such time. Years before 1583 are refused.
 */
export function parseTimestamp(text: string): number | undefined {
  if (text.length > MAX_LENGTH || !TIMESTAMP.test(text)) return undefined;
  const midnight = utcMidnight(text);
  const hour = twoDigits(text, 11);
  const minute = twoDigits(text, 14);
  const second = twoDigits(text, 17);
  if (midnight === undefined || hour > 23 || minute > 59 || second > 59) return undefined;
  const local = midnight + ((hour * 60 + minute) * 60 + second) * 1000 + milliseconds(text);
  const offsetMinutes = offsetOf(text);
  return offsetMinutes === undefined ? undefined : local - offsetMinutes * MINUTE_MS;
}

/**
 * Writes a time as UTC text of one form, `2026-11-22T01:40:12.000Z`, which sorts by time.
 *
 * @param text what `parseTimestamp` read as `epochMs`. Text in UTC is cut to form, for `toISOString` costs five times as much.
 */
export function formatTimestamp(text: string, epochMs: number): string {
  if (text.length === 20 && text.endsWith('Z')) return `${text.slice(0, 10)}T${text.slice(11, 19)}.000Z`;
  if (text.length === 24 && text.endsWith('Z') && text.charAt(10) === 'T') return text;
  return new Date(epochMs).toISOString();
}

/**
 * Reads an RFC 3339 `full-date`.
 *
 * @returns epoch milliseconds of its UTC midnight, or undefined if there is no such day. Years before 1583 are refused.
 */
export function parseDate(text: string): number | undefined {
  return DATE.test(text) ? utcMidnight(text) : undefined;
}

function utcMidnight(text: string): number | undefined {
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  if (year < FIRST_YEAR || month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return undefined;
  return Date.UTC(year, month - 1, day);
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function milliseconds(text: string): number {
  if (text.charAt(19) !== '.') return 0;
  const digits = /^\d{1,3}/.exec(text.slice(20))?.[0] ?? '';
  return Number(digits.padEnd(3, '0'));
}

/** Minutes ahead of UTC, or undefined for an offset that no clock shows. */
function offsetOf(text: string): number | undefined {
  const start = text.length - 6;
  const sign = text.charAt(start);
  if (sign !== '+' && sign !== '-') return 0;
  const hours = twoDigits(text, start + 1);
  const minutes = twoDigits(text, start + 4);
  if (hours > 23 || minutes > 59) return undefined;
  return (sign === '+' ? 1 : -1) * (hours * 60 + minutes);
}

function twoDigits(text: string, index: number): number {
  return digitAt(text, index) * 10 + digitAt(text, index + 1);
}

function digitAt(text: string, index: number): number {
  return text.charCodeAt(index) - 48;
}
