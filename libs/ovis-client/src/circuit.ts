import {
  BrokenCircuitError,
  circuitBreaker,
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  handleWhen,
} from 'cockatiel';
import { untilAborted } from './abort.ts';
import { CircuitOpenError, OvisClientError, type RequestFacts } from './errors.ts';
import type { CircuitEvent } from './events.ts';

/** When a {@link Circuit} opens and how long. */
export interface CircuitOptions {
  readonly circuitFailures: number;
  readonly circuitOpenMs: number;
}

/** Failures that say nothing about the shard's health: it answers, and asks for less or for another token. */
const HEALTHY_CLASSES: ReadonlySet<string> = new Set(['http_429', 'http_401']);

/** Holds requests back from a shard that keeps failing, and lets one probe find out when it is well again. */
export class Circuit {
  readonly #options: CircuitOptions;
  readonly #policy: CircuitBreakerPolicy;
  #openedAt = 0;

  constructor(options: CircuitOptions, onChange: (state: CircuitEvent['state']) => void) {
    this.#options = options;
    this.#policy = circuitBreaker(
      handleWhen((error) => this.#isFailure(error)),
      { halfOpenAfter: options.circuitOpenMs, breaker: new ConsecutiveBreaker(options.circuitFailures) },
    );
    this.#policy.onBreak(() => {
      this.#openedAt = Date.now();
      onChange('open');
    });
    this.#policy.onHalfOpen(() => onChange('half_open'));
    this.#policy.onReset(() => onChange('closed'));
  }

  /**
   * Runs one sending. While a probe is under way, others wait for its result.
   * @throws {CircuitOpenError} without running it, if the circuit is open.
   */
  async execute<T>(run: () => Promise<T>, facts: RequestFacts, signal: AbortSignal): Promise<T> {
    const isClosed = this.#policy.state === CircuitState.Closed;
    const guarded = this.#policy.execute(() => {
      // The caller may have gone while the probe was under way.
      signal.throwIfAborted();
      return run();
    });
    try {
      // What runs ends with the signal by itself; what waits for a probe does not.
      return await (isClosed ? guarded : untilAborted(guarded, signal));
    } catch (error) {
      if (!(error instanceof BrokenCircuitError)) throw error;
      // Date.now as in cockatiel, so that both have the same idea of the moment.
      const remaining = this.#openedAt + this.#options.circuitOpenMs - Date.now();
      throw new CircuitOpenError({ ...facts, attempt: 0 }, Math.max(0, remaining));
    }
  }

  /**
   * cockatiel takes an unhandled error for a success, which would close the circuit when a probe's caller goes away: so
   * a probe that did not end counts as failed.
   */
  #isFailure(error: unknown): boolean {
    if (!(error instanceof OvisClientError)) return this.#policy.state === CircuitState.HalfOpen;
    return error.retryability === 'transient' && !HEALTHY_CLASSES.has(error.errorClass);
  }
}
