import type { Pool, PoolClient } from 'pg';
import { toRawLoaderError } from './database-error.ts';

/** The part of `pg`'s pool that loading needs. */
export type LoaderPool = Pick<Pool, 'connect'>;

/**
 * Runs `work` on a connection of the pool. The connection goes back to the pool only if `work` succeeds: after a failure it may be in any
 * state, and closing it also ends whatever the server still does on its behalf.
 *
 * @param signal ends the connection at once, and with it the statement that runs.
 * @throws the signal's reason once it is aborted, otherwise what `work` throws.
 */
export async function withConnection<T>(
  pool: LoaderPool,
  signal: AbortSignal | undefined,
  work: (client: PoolClient) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const client = await pool.connect().catch((error: unknown) => {
    throw toRawLoaderError(error, 'connecting to PostgreSQL');
  });
  let isReleased = false;
  const release = (destroy: boolean): void => {
    if (isReleased) return;
    isReleased = true;
    // A destroyed client keeps the listener: it may report its end only later.
    if (!destroy) client.off('error', ignoreError);
    client.release(destroy);
  };
  const abort = (): void => release(true);
  client.on('error', ignoreError);
  signal?.addEventListener('abort', abort, { once: true });
  try {
    signal?.throwIfAborted();
    const result = await work(client);
    release(false);
    return result;
  } catch (error) {
    release(true);
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

/** A connection that breaks also fails the statement in flight, where the failure is handled; without a listener it would end the process. */
function ignoreError(): void {}
