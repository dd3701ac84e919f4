const DAY_MS = 86_400_000;
const TIMESTAMP = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:\d\d)$/;
const DATE = /^\d{4}-\d\d-\d\d$/;

/** A moment in UTC: its text, of one form for each moment, and the start of its second. */
export interface UtcTime {
  /** `2026-11-22T01:40:12.123456Z` for a moment, `2026-11-22` for a day. */
  readonly text: string;
  readonly epochMs: number;
}

/** Reads a `Date` or RFC 3339 text with an offset; microseconds are kept, as PostgreSQL keeps them. Undefined for anything else. */
export function utcTimestamp(value: unknown): UtcTime | undefined {
  if (value instanceof Date) return ofDate(value);
  const match = typeof value === 'string' ? TIMESTAMP.exec(value) : null;
  if (match === null) return undefined;
  const [, day = '', time = '', fraction = '', offset = ''] = match;
  if (utcDay(day) === undefined) return undefined;
  const epochMs = Date.parse(`${day}T${time}${offset.toUpperCase()}`);
  if (!isWritable(epochMs)) return undefined;
  return { text: `${new Date(epochMs).toISOString().slice(0, 19)}.${fraction.padEnd(6, '0').slice(0, 6)}Z`, epochMs };
}

/** Reads a day, `YYYY-MM-DD` or a `Date`, of which it takes the UTC day. Undefined for anything else. */
export function utcDay(value: unknown): UtcTime | undefined {
  if (value instanceof Date) {
    const moment = ofDate(value);
    return moment && { text: moment.text.slice(0, 10), epochMs: Math.floor(moment.epochMs / DAY_MS) * DAY_MS };
  }
  if (typeof value !== 'string' || !DATE.test(value)) return undefined;
  const epochMs = Date.parse(value);
  // 2026-02-30 becomes the 2nd of March, or no time at all.
  return isWritable(epochMs) && new Date(epochMs).toISOString().startsWith(value)
    ? { text: value, epochMs }
    : undefined;
}

/** The first moment that may be stored and the first that may not be: [10 years ago, tomorrow] in whole UTC days. */
export function storableRange(now: Date): { readonly startMs: number; readonly endMs: number } {
  const startMs = Date.UTC(now.getUTCFullYear() - 10, now.getUTCMonth(), now.getUTCDate());
  const today = Math.floor(now.getTime() / DAY_MS) * DAY_MS;
  return { startMs, endMs: today + 2 * DAY_MS };
}

function ofDate(date: Date): UtcTime | undefined {
  const epochMs = date.getTime();
  return isWritable(epochMs) ? { text: date.toISOString().replace('Z', '000Z'), epochMs } : undefined;
}

/** Neither NaN nor outside the years 1 to 9999, which four digits write and PostgreSQL knows. */
function isWritable(epochMs: number): boolean {
  return epochMs >= -62_135_596_800_000 && epochMs < 253_402_300_800_000;
}
