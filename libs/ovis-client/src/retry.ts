import { sleep } from './abort.ts';
import { CircuitOpenError, HttpStatusError, type OvisClientError, ShardError } from './errors.ts';
import type { EventSink } from './events.ts';
import type { RetryBudget } from './retry-budget.ts';
import { retryDelayMs, type RetryDelayOptions } from './retry-delay.ts';

/** How often and how long. */
export interface RetryOptions extends RetryDelayOptions {
  readonly maxAttempts: number;
  readonly circuitMaxWaitMs: number;
}

/** What retries need besides their numbers. */
export interface RetryContext {
  readonly options: RetryOptions;
  readonly budget: RetryBudget;
  readonly random: () => number;
  readonly events: EventSink;
  readonly signal: AbortSignal;
  /** Whether a transient failure of this request is worth another sending. */
  readonly isRetried: (error: ShardError) => boolean;
}

/**
 * Runs `attempt` until it succeeds, fails for good, has failed `maxAttempts` times, or the budget is spent. Not
 * cockatiel's retry: its waits cannot be ended by a signal.
 *
 * @throws the signal's reason, or the last attempt's error.
 */
export async function withRetries<T>(
  attempt: (attemptNumber: number) => Promise<T>,
  context: RetryContext,
): Promise<T> {
  const { options, signal } = context;
  context.budget.deposit();
  let failures = 0;
  let circuitWaitMs = 0;
  for (;;) {
    try {
      return await attempt(failures + 1);
    } catch (error) {
      signal.throwIfAborted();
      if (isWorthWaiting(error, circuitWaitMs, context)) {
        // Nothing was sent, so this is no attempt. At least a moment, lest rounding makes this a busy loop.
        const delayMs = error.retryAfterMs + 1 + context.random() * options.retryBaseDelayMs;
        circuitWaitMs += delayMs;
        await sleep(delayMs, signal);
        continue;
      }
      failures++;
      const delayMs = retryDelayMs(failures, retryAfterOf(error), options, context.random);
      if (!mayRetry(error, failures, context)) throw error;
      context.events.onRetry({ ...factsOf(error), errorClass: error.errorClass, delayMs });
      await sleep(delayMs, signal);
    }
  }
}

/** Whether to wait for the circuit: not for that of a login, which has waited itself. */
function isWorthWaiting(error: unknown, waitedMs: number, context: RetryContext): error is CircuitOpenError {
  if (!(error instanceof CircuitOpenError) || !context.isRetried(error)) return false;
  return waitedMs + error.retryAfterMs <= context.options.circuitMaxWaitMs;
}

function mayRetry(error: unknown, failures: number, context: RetryContext): error is ShardError & OvisClientError {
  if (!(error instanceof ShardError) || error.retryability !== 'transient') return false;
  if (error instanceof CircuitOpenError || !context.isRetried(error)) return false;
  const reason = failures >= context.options.maxAttempts ? 'attempts' : context.budget.withdraw() ? null : 'budget';
  if (reason === null) return true;
  context.events.onGiveUp({ ...factsOf(error), errorClass: error.errorClass, reason });
  return false;
}

function factsOf({ shard, operation, attempt }: ShardError): Pick<ShardError, 'shard' | 'operation' | 'attempt'> {
  return { shard, operation, attempt };
}

function retryAfterOf(error: unknown): number | null {
  return error instanceof HttpStatusError ? error.retryAfterMs : null;
}
