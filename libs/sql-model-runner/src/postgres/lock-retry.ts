import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseError } from '../errors.ts';
import type { Executor } from './catalog.ts';
import { isLockFailure } from './database-error.ts';

/** How a step that needs an exclusive lock waits for readers. */
export interface LockPolicy {
  /**
   * Longest wait for one lock, in milliseconds; readers that come later queue behind it that long. Below PostgreSQL's
   * deadlock_timeout (1 s), so that it is never a reader that a deadlock ends. Default: 800.
   */
  readonly lockTimeoutMs: number;
  /** Attempts before the node fails. Default: 40. */
  readonly attempts: number;
  /** Longest pause between two attempts, in milliseconds. Default: 2,000. */
  readonly maxPauseMs: number;
}

export const DEFAULT_LOCK_POLICY: LockPolicy = { lockTimeoutMs: 800, attempts: 40, maxPauseMs: 2000 };

/**
 * Runs `step` under a short `lock_timeout` inside the open transaction; when a lock cannot be had in time, what the step did is
 * undone to a savepoint (which frees its locks, so that readers go on) and it is tried again after a pause.
 *
 * @throws DatabaseError (transient) when the last attempt could not get its locks either.
 */
export async function withLockRetry<T>(
  session: Executor,
  policy: LockPolicy,
  what: string,
  step: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    await session.execute('savepoint ovis_lock_step');
    await session.execute(`set local lock_timeout = ${policy.lockTimeoutMs}`);
    try {
      const result = await step();
      await session.execute('set local lock_timeout = default; release savepoint ovis_lock_step');
      return result;
    } catch (error) {
      if (!isLockFailure(error)) throw error;
      if (attempt >= policy.attempts) throw givenUp(what, policy, error);
      await session.execute('rollback to savepoint ovis_lock_step');
      await sleep(Math.min(policy.maxPauseMs, 50 * 2 ** attempt) * (0.5 + Math.random() / 2));
    }
  }
}

function givenUp(what: string, policy: LockPolicy, cause: unknown): DatabaseError {
  const failure = {
    sqlState: cause instanceof DatabaseError ? cause.sqlState : null,
    position: null,
    hint: null,
    statement: null,
  };
  const reason = `${what} is locked by other sessions: no lock within ${policy.lockTimeoutMs} ms in ${policy.attempts} attempts; end the sessions that hold it (pg_locks shows them) and run again`;
  return new DatabaseError(reason, failure, 'transient', { cause });
}
