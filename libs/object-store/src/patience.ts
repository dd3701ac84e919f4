import { TimeoutError, type RequestFacts } from './errors.ts';

/** Bounds of waiting for a body. */
export interface PatienceLimits {
  readonly bodyTimeoutMs: number;
  readonly minBodyBytes: number;
}

/**
 * Gives the pieces of a body as long as they come fast enough: in each `bodyTimeoutMs` spent waiting, `minBodyBytes` must
 * come, or the end. Time in which nobody asks for a piece does not count, so a slow reader is never taken for a slow store.
 *
 * @throws TimeoutError, the signal's reason, or what the body throws.
 */
export async function* patiently(
  body: AsyncIterator<Buffer>,
  { bodyTimeoutMs, minBodyBytes }: PatienceLimits,
  { facts, signal }: { readonly facts: RequestFacts; readonly signal: AbortSignal },
): AsyncGenerator<Buffer> {
  let waitedMs = 0;
  let bytes = 0;
  for (;;) {
    signal.throwIfAborted();
    const begin = performance.now();
    const step = await inTime(body.next(), bodyTimeoutMs - waitedMs, signal);
    if (step === null) throw new TimeoutError(facts, 'body', bodyTimeoutMs);
    if (step.done === true) return;
    waitedMs += performance.now() - begin;
    bytes += step.value.length;
    if (bytes >= minBodyBytes) [waitedMs, bytes] = [0, 0];
    else if (waitedMs >= bodyTimeoutMs) throw new TimeoutError(facts, 'body', bodyTimeoutMs);
    yield step.value;
  }
}

/** The promise's value; null if it does not come in time. A later rejection is swallowed. */
async function inTime<T>(promise: Promise<T>, ms: number, signal: AbortSignal): Promise<T | null> {
  const { promise: ended, resolve, reject } = Promise.withResolvers<null>();
  const timer = setTimeout(resolve, Math.max(0, ms), null);
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([promise, ended]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}
