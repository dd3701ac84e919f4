import type { Pool } from 'pg';

/** Held while a process executes a run; given back by the server itself when that process dies. */
export interface RunLock extends AsyncDisposable {
  /** Aborted when the connection breaks: the server may give the lock to somebody else from then on. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

/**
 * Takes the lock of a run: a session-level advisory lock on a connection of its own.
 *
 * @returns null if another session holds it.
 */
export async function tryLockRun(pool: Pool, runId: string): Promise<RunLock | null> {
  const client = await pool.connect();
  const lost = new AbortController();
  client.on('error', () => {
    lost.abort();
  });
  const { rows } = await client.query<{ locked: boolean }>(
    `select pg_try_advisory_lock(hashtextextended('ovis run ' || $1, 0)) as locked`,
    [runId],
  );
  if (!rows[0]?.locked) {
    client.release();
    return null;
  }
  const release = async (): Promise<void> => {
    if (lost.signal.aborted) {
      client.release(true);
      return;
    }
    await client.query(`select pg_advisory_unlock(hashtextextended('ovis run ' || $1, 0))`, [runId]);
    client.release();
  };
  return { lost: lost.signal, release, [Symbol.asyncDispose]: release };
}
