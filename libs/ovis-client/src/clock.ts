/** The time of day. Only token expiry and `Retry-After` dates look at it; waits and timeouts run on real timers. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
}

/** The clock of this machine. */
export const systemClock: Clock = { now: () => Date.now() };
