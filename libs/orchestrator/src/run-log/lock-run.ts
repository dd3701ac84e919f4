import type { Pool } from 'pg';

/** Held while a process executes a run; given back by the server itself when that process dies. */
export interface RunLock extends AsyncDisposable {
  release(): Promise<void>;
}

/**
 * Takes the lock of a run: a session-level advisory lock on a connection of its own.
 *
 * @returns null if another session holds it.
 */
export async function tryLockRun(pool: Pool, runId: string): Promise<RunLock | null> {
  const client = await pool.connect();
  let isLost = false;
  client.on('error', () => {
    isLost = true;
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
    if (isLost) {
      client.release(true);
      return;
    }
    await client.query(`select pg_advisory_unlock(hashtextextended('ovis run ' || $1, 0))`, [runId]);
    client.release();
  };
  return { release, [Symbol.asyncDispose]: release };
}
