import { setTimeout as delay } from 'node:timers/promises';

/** Waits, unless the signal is aborted first: then it rejects with the signal's reason and leaves no timer behind. */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  try {
    await delay(ms, undefined, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

/** `promise`, or the signal's reason if that comes first. A later rejection of `promise` is swallowed. */
export async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** A signal that follows others until it is released. */
export interface LinkedSignal {
  readonly signal: AbortSignal;
  /** Aborts `signal` with a reason of its own. */
  abort(reason: unknown): void;
  /** Lets go of the followed signals, which may live much longer. */
  release(): void;
}

/**
 * A signal that is aborted with the first of `parents`, with that one's reason. Not `AbortSignal.any`, for which a
 * long-lived parent keeps a record of every child.
 */
export function linkSignals(...parents: readonly AbortSignal[]): LinkedSignal {
  const controller = new AbortController();
  const follow = (event: Event): void => {
    if (event.target instanceof AbortSignal) controller.abort(event.target.reason);
  };
  for (const parent of parents) {
    if (parent.aborted) controller.abort(parent.reason);
    else parent.addEventListener('abort', follow, { once: true });
  }
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    release: () => parents.forEach((parent) => parent.removeEventListener('abort', follow)),
  };
}
