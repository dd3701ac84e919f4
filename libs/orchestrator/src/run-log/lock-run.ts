import type { Pool, PoolClient } from 'pg';

const WAIT = '3s';
/** SQLSTATE of a lock that did not come in time: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const LOCK_NOT_AVAILABLE = '55P03';

/** Held while a process executes a run; given back by the server itself when that process dies. */
export interface RunLock extends AsyncDisposable {
  /** Aborted when the connection breaks: the server may give the lock to somebody else from then on. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

/**
 * Takes the lock of a run: a session-level advisory lock on a connection of its own. Waits a moment, because the server may need one to
 * notice that the process which held it is dead.
 *
 * @param options.waits false for a caller that will come again.
 * @returns null if another session holds it.
 */
export async function tryLockRun(
  pool: Pool,
  runId: string,
  { waits = true }: { readonly waits?: boolean } = {},
): Promise<RunLock | null> {
  const client = await pool.connect();
  const lost = new AbortController();
  const onError = (): void => {
    lost.abort();
  };
  client.on('error', onError);
  // A connection that is closed keeps the listener: it may report its end only later.
  const giveBack = (isBroken: boolean): void => {
    if (!isBroken) client.off('error', onError);
    client.release(isBroken);
  };
  const isAcquired = await (waits ? acquire : acquireAtOnce)(client, runId).catch((error: unknown) => {
    giveBack(true);
    throw error;
  });
  if (!isAcquired) {
    giveBack(false);
    return null;
  }
  const release = async (): Promise<void> => {
    // Where the unlock fails the session is closed, and its lock goes with it.
    const isUnlocked = !lost.signal.aborted && (await unlock(client, runId));
    giveBack(!isUnlocked);
  };
  return { lost: lost.signal, release, [Symbol.asyncDispose]: release };
}

function unlock(client: PoolClient, runId: string): Promise<boolean> {
  return client.query(`select pg_advisory_unlock(hashtextextended('ovis run ' || $1, 0))`, [runId]).then(
    () => true,
    () => false,
  );
}

async function acquireAtOnce(client: PoolClient, runId: string): Promise<boolean> {
  const { rows } = await client.query<{ is_acquired: boolean }>(
    `select pg_try_advisory_lock(hashtextextended('ovis run ' || $1, 0)) as is_acquired`,
    [runId],
  );
  return rows[0]?.is_acquired === true;
}

async function acquire(client: PoolClient, runId: string): Promise<boolean> {
  await client.query('begin');
  try {
    await client.query(`set local lock_timeout = '${WAIT}'`);
    await client.query(`select pg_advisory_lock(hashtextextended('ovis run ' || $1, 0))`, [runId]);
    await client.query('commit');
    return true;
  } catch (error) {
    await client.query('rollback');
    if (error instanceof Error && 'code' in error && error.code === LOCK_NOT_AVAILABLE) return false;
    throw error;
  }
}
