import { Pool } from 'pg';
import { clientConfig, type ConnectionOptions } from './client-config.ts';

/** What a pool is made from. */
export interface PoolOptions extends ConnectionOptions {
  /** Most connections open at a time. Default: 10. */
  readonly max?: number;
}

/**
 * A pool of sessions in UTC. Dates come as `YYYY-MM-DD`, bigint and numeric as text (no digit is lost), timestamptz as `Date`,
 * json as parsed values. Connections are made when first needed, so a wrong address shows with the first query:
 * {@link describeConnectionError} says what to do.
 *
 * @throws DatabaseSettingsError if the URL or the role cannot be used; the URL is never shown.
 */
export function createPool(options: PoolOptions): Pool {
  const pool = new Pool({ ...clientConfig(options), max: options.max ?? 10, idleTimeoutMillis: 30_000 });
  // An idle connection that breaks is dropped by the pool and the next query opens another; unheard, the event would end the process.
  pool.on('error', () => undefined);
  // The same for one that is checked out and between two queries: whoever has it learns of it from the next one.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}
