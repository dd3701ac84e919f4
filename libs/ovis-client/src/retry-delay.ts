/** What the wait before a retry depends on. */
export interface RetryDelayOptions {
  readonly retryBaseDelayMs: number;
  readonly retryMaxDelayMs: number;
  readonly maxRetryAfterMs: number;
}

/**
 * The wait before retry number `retry` (from 1). Full jitter: uniform in [0, base · 2^(retry−1)), capped (see "Exponential
 * Backoff And Jitter", AWS Architecture Blog, 2015). With a `Retry-After`, at least that long, up to its cap, and a
 * little jitter on top, so that those who were told the same time do not come back together.
 *
 * @param random a number in [0, 1).
 * @returns milliseconds.
 */
export function retryDelayMs(
  retry: number,
  retryAfterMs: number | null,
  options: RetryDelayOptions,
  random: () => number,
): number {
  const ceiling = Math.min(options.retryMaxDelayMs, options.retryBaseDelayMs * 2 ** (retry - 1));
  const jitter = random() * ceiling;
  if (retryAfterMs === null) return jitter;
  const asked = Math.min(retryAfterMs, options.maxRetryAfterMs);
  return Math.max(asked, jitter) + random() * Math.min(options.retryBaseDelayMs, asked / 2);
}

/** IMF-fixdate, RFC 850 and asctime (RFC 9110, section 5.6.7); Date.parse alone takes nearly anything. */
const HTTP_DATE =
  /^[A-Z][a-z]{2,8},? (?:\d\d[ -][A-Z][a-z]{2}[ -](?:\d{4}|\d\d) \d\d:\d\d:\d\d GMT|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4})$/;

/**
 * Reads a `Retry-After` header (RFC 9110, section 10.2.3): seconds, or a date.
 *
 * @param date the answer's own `Date` header, which a date is compared with if it is there: so a wrong clock on either
 *   side does not matter.
 * @param nowMs epoch milliseconds, for a date without a `Date` header.
 * @returns milliseconds from now, 0 if it has passed; null if absent or neither form.
 */
export function parseRetryAfter(value: string | undefined, date: string | undefined, nowMs: number): number | null {
  const text = value?.trim() ?? '';
  if (/^\d{1,10}$/.test(text)) return Number(text) * 1000;
  const at = parseHttpDate(text);
  if (at === null) return null;
  return Math.max(0, at - (parseHttpDate(date?.trim() ?? '') ?? nowMs));
}

function parseHttpDate(text: string): number | null {
  if (!HTTP_DATE.test(text)) return null;
  // asctime names no zone but means UTC; Date.parse would take the machine's.
  const at = Date.parse(text.endsWith('GMT') ? text : `${text} GMT`);
  return Number.isNaN(at) ? null : at;
}
