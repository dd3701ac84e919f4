/** The world counts whole seconds since 1970-01-01T00:00:00Z. */
export const MINUTE = 60;
export const HOUR = 3600;
export const DAY = 86_400;
export const YEAR = 365 * DAY;

/** The first second that can be simulated: 2019-01-01T00:00:00Z. */
export const WORLD_BEGIN = 1_546_300_800;

/** The first second that can no longer be simulated: 2100-01-01T00:00:00Z. */
export const WORLD_END = 4_102_444_800;

/** The UTC day of a second, e.g. `2026-11-22`. */
export function isoDay(seconds: number): string {
  const day = Math.floor(seconds / DAY);
  if (day !== lastDay) {
    lastDayText = new Date(day * DAY * 1000).toISOString().slice(0, 10);
    lastDay = day;
  }
  return lastDayText;
}

// Neighbouring times mostly share their day, and a Date costs more than all the rest of a device state.
let lastDay = 0;
let lastDayText = '1970-01-01';

const TWO_DIGITS = Array.from({ length: 60 }, (_, n) => String(n).padStart(2, '0'));

/** Seconds as an RFC 3339 time in UTC, e.g. `2026-11-22T01:40:12Z`. */
export function isoTime(seconds: number): string {
  const ofDay = seconds - Math.floor(seconds / DAY) * DAY;
  const minutes = Math.floor(ofDay / MINUTE);
  const hour = TWO_DIGITS[Math.floor(minutes / 60)];
  return `${isoDay(seconds)}T${hour}:${TWO_DIGITS[minutes % 60]}:${TWO_DIGITS[ofDay % MINUTE]}Z`;
}

/** Parses `YYYY-MM-DD`; null when the text is no calendar day. */
export function parseDay(text: string): number | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return null;
  const seconds = Date.parse(`${text}T00:00:00Z`) / 1000;
  return Number.isFinite(seconds) && isoDay(seconds) === text ? seconds : null;
}
