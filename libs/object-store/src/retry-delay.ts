import type { ObjectStoreLimits } from './limits.ts';

type DelayLimits = Pick<ObjectStoreLimits, 'retryBaseDelayMs' | 'retryMaxDelayMs' | 'maxRetryAfterMs'>;

/**
 * The wait before retry number `retry` (from 1). Full jitter: uniform in [0, base · 2^(retry−1)), capped (see "Exponential
 * Backoff And Jitter", AWS Architecture Blog, 2015). With a `Retry-After`, at least that long, up to its cap.
 *
 * @param random a number in [0, 1).
 * @returns milliseconds.
 */
export function retryDelayMs(
  retry: number,
  retryAfterMs: number | null,
  limits: DelayLimits,
  random: () => number,
): number {
  const ceiling = Math.min(limits.retryMaxDelayMs, limits.retryBaseDelayMs * 2 ** (retry - 1));
  const jitter = random() * ceiling;
  return retryAfterMs === null ? jitter : Math.min(retryAfterMs, limits.maxRetryAfterMs) + jitter;
}

/**
 * Reads a `Retry-After` header of seconds; S3 servers send no dates.
 *
 * @returns milliseconds; null if absent or of another form.
 */
export function parseRetryAfter(value: string | undefined): number | null {
  const text = value?.trim() ?? '';
  return /^\d{1,10}$/.test(text) ? Number(text) * 1000 : null;
}
