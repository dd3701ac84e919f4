/** Where the time comes from. Injected everywhere, so that a test or a simulation sets it. */
export interface Clock {
  /** The present moment. */
  now(): Date;
}

/** The machine's clock. */
export const systemClock: Clock = { now: () => new Date() };

/**
 * A clock that shows `start` now and goes on from there as time passes.
 *
 * @param elapsedMs milliseconds since some fixed moment; the process's monotonic clock unless given.
 */
export function clockFrom(start: Date, elapsedMs: () => number = () => performance.now()): Clock {
  const offset = start.getTime() - elapsedMs();
  return { now: () => new Date(offset + elapsedMs()) };
}

/** A clock that stands still until it is set. */
export class ManualClock implements Clock {
  #now: Date;

  constructor(now: Date) {
    this.#now = now;
  }

  now(): Date {
    return new Date(this.#now);
  }

  set(now: Date): void {
    this.#now = now;
  }
}
