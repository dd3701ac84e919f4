/** How a {@link RetryBudget} fills. */
export interface RetryBudgetOptions {
  /** Retries that it holds at most, and at the start. */
  readonly capacity: number;
  /** Retries added by each request. */
  readonly perRequest: number;
  /** Retries added by each second. */
  readonly perSecond: number;
  /** Monotonic milliseconds. */
  readonly monotonicMs?: () => number;
}

/**
 * Keeps the retries of a shard in proportion to its requests, so that a shard that is down is not asked several times
 * as much as one that is well. A token bucket, as in Finagle's `RetryBudget`.
 */
export class RetryBudget {
  readonly #options: Required<RetryBudgetOptions>;
  #balance: number;
  #filledAt: number;

  constructor(options: RetryBudgetOptions) {
    this.#options = { monotonicMs: () => performance.now(), ...options };
    this.#balance = options.capacity;
    this.#filledAt = this.#options.monotonicMs();
  }

  /** Counts a request, not its retries. */
  deposit(): void {
    this.#fill(this.#options.perRequest);
  }

  /** Takes one retry; false if there is none. */
  withdraw(): boolean {
    this.#fill(0);
    if (this.#balance < 1) return false;
    this.#balance--;
    return true;
  }

  #fill(extra: number): void {
    const now = this.#options.monotonicMs();
    const passed = (Math.max(0, now - this.#filledAt) / 1000) * this.#options.perSecond;
    this.#filledAt = now;
    this.#balance = Math.min(this.#options.capacity, this.#balance + passed + extra);
  }
}
