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

/** A signal that follows others until it is released. */
export interface LinkedSignal extends Disposable {
  readonly signal: AbortSignal;
}

/**
 * A signal that is aborted with the first of `parents`, with that one's reason. Not `AbortSignal.any`, for which a long-lived
 * parent keeps a record of every child.
 */
export function linkSignals(...parents: readonly (AbortSignal | undefined)[]): LinkedSignal {
  const controller = new AbortController();
  const present = parents.filter((parent) => parent !== undefined);
  const follow = (event: Event): void => {
    if (event.target instanceof AbortSignal) controller.abort(event.target.reason);
  };
  for (const parent of present) {
    if (parent.aborted) controller.abort(parent.reason);
    else parent.addEventListener('abort', follow, { once: true });
  }
  const release = (): void => present.forEach((parent) => parent.removeEventListener('abort', follow));
  return { signal: controller.signal, [Symbol.dispose]: release };
}
