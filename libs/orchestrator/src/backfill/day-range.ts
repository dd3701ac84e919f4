import { UsageError } from '../errors.ts';

/** UTC days, `YYYY-MM-DD`, half-open. */
export interface DayRange {
  readonly from: string;
  /** The first day that is not in it. */
  readonly to: string;
}

/** A range as a person typed it. */
export interface TypedRange {
  /** A day or a month. */
  readonly from?: string | undefined;
  /** A day or a month, not included. */
  readonly to?: string | undefined;
  /** Such as 30d, 4w or 3m. */
  readonly last?: string | undefined;
}

const DAY_MS = 86_400_000;
const LAST = /^([1-9]\d{0,3})([dwm])$/;
const DAY_OR_MONTH = /^(\d{4})-(\d{2})(?:-(\d{2}))?$/;

/** The UTC day of a moment. */
export function dayOf(moment: Date): string {
  return moment.toISOString().slice(0, 10);
}

/** The day that lies so many days later. */
export function addDays(day: string, days: number): string {
  return dayOf(new Date(Date.parse(day) + days * DAY_MS));
}

/** The days of a range, in order. */
export function daysIn({ from, to }: DayRange): readonly string[] {
  const count = Math.max(0, (Date.parse(to) - Date.parse(from)) / DAY_MS);
  return Array.from({ length: count }, (_, index) => addDays(from, index));
}

/**
 * Reads a range: `--from` and `--to`, half-open, each a day or a month; or `--last`, the whole days, weeks or months before today. `--to`
 * is today if it is not given.
 *
 * @returns null if nothing was typed.
 * @throws UsageError naming the option.
 */
export function parseDayRange({ from, to, last }: TypedRange, now: Date): DayRange | null {
  const today = dayOf(now);
  if (last !== undefined) {
    if (from !== undefined || to !== undefined) {
      throw new UsageError('--last says the whole range; leave out --from and --to, or --last');
    }
    return { from: lastFrom(last, today), to: today };
  }
  if (from === undefined) {
    if (to === undefined) return null;
    throw new UsageError(`--to ${to} needs a --from, the first day or month of the range`);
  }
  const range = { from: readDay('--from', from), to: to === undefined ? today : readDay('--to', to) };
  if (range.from < range.to) return range;
  throw new UsageError(
    `the range from ${range.from} to ${range.to} is empty: --to is the first day that is not in it` +
      (range.from === range.to ? `; one day is --from ${range.from} --to ${addDays(range.from, 1)}` : ''),
  );
}

function lastFrom(last: string, today: string): string {
  const [, count = '', unit] = LAST.exec(last) ?? [];
  if (unit === undefined) {
    throw new UsageError(`--last ${last} is no length; expected days, weeks or months such as 30d, 4w or 3m`);
  }
  if (unit !== 'm') return addDays(today, -Number(count) * (unit === 'w' ? 7 : 1));
  const start = new Date(today);
  const day = start.getUTCDate();
  start.setUTCDate(1);
  start.setUTCMonth(start.getUTCMonth() - Number(count));
  // The month may be shorter than the present one.
  const length = new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + 1, 0)).getUTCDate();
  start.setUTCDate(Math.min(day, length));
  return dayOf(start);
}

function readDay(option: string, text: string): string {
  const [, year, month, day = '01'] = DAY_OR_MONTH.exec(text) ?? [];
  const written = `${year ?? ''}-${month ?? ''}-${day}`;
  const parsed = new Date(written);
  // JavaScript takes 30 February for 2 March.
  if (year !== undefined && !Number.isNaN(parsed.getTime()) && dayOf(parsed) === written) return written;
  throw new UsageError(`${option} ${text} is no day and no month; expected e.g. 2026-11-01 or 2026-11`);
}
