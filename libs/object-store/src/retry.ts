import { sleep } from './abort.ts';
import { BucketError, HttpStatusError } from './errors.ts';
import type { EventSink } from './events.ts';
import type { ObjectStoreLimits } from './limits.ts';
import { retryDelayMs } from './retry-delay.ts';

/** What retries need. */
export interface RetryContext {
  readonly limits: ObjectStoreLimits;
  readonly random: () => number;
  readonly events: EventSink;
  readonly signal: AbortSignal;
}

/** Errors after which the same request may do better at once. Those of an object that is another one now are for the caller. */
const RETRIED_CLASSES = /^(?:http_\d+|timeout|network|truncated_body|invalid_listing)$/;

/**
 * After a failed try: waits, if another one is worth it.
 *
 * @param failures tries that failed in a row, this one included.
 * @throws the error, if it is not; or the signal's reason.
 */
export async function waitForRetry(error: unknown, failures: number, context: RetryContext): Promise<void> {
  const { limits, signal, random, events } = context;
  signal.throwIfAborted();
  const retried =
    error instanceof BucketError && error.retryability === 'transient' && RETRIED_CLASSES.test(error.errorClass);
  if (!retried || failures >= limits.maxAttempts) throw error;
  const { operation, attempt, errorClass } = error;
  const retryAfterMs = error instanceof HttpStatusError ? error.retryAfterMs : null;
  const delayMs = retryDelayMs(failures, retryAfterMs, limits, random);
  events.onRetry({ operation, attempt, errorClass, delayMs });
  await sleep(delayMs, signal);
}

/**
 * Runs one sending and tells the events of its end.
 *
 * @param send gives its result and the bytes of the answer's body.
 */
export async function observed<T>(
  { operation, attempt }: { readonly operation: 'list' | 'read'; readonly attempt: number },
  events: EventSink,
  send: () => Promise<{ readonly result: T; readonly bytes: number }>,
): Promise<T> {
  const begin = performance.now();
  events.onRequest({ operation, attempt });
  try {
    const { result, bytes } = await send();
    events.onResponse({ operation, attempt, bytes, durationMs: performance.now() - begin });
    return result;
  } catch (error) {
    if (error instanceof BucketError) {
      events.onFailure({ operation, attempt, errorClass: error.errorClass, durationMs: performance.now() - begin });
    }
    throw error;
  }
}
