import { Pool } from 'pg';

/** How long connections wait for the server, and how many there are. */
export interface OwnConnectionsOptions {
  readonly max: number;
  /** Milliseconds for a statement, the wait for a connection included on top; then the connection is given up as broken. */
  readonly waitMs: number;
}

/** A connection that is quiet is asked for a sign of life after this; ten unanswered ones, a second apart, end it. */
const KEEP_ALIVE_AFTER_MS = 5_000;
/**
 * The same at the server, which otherwise keeps the session, and the locks, of a peer that is cut off for two hours:
 * https://www.postgresql.org/docs/current/runtime-config-connection.html#GUC-TCP-KEEPALIVES-IDLE
 */
const SERVER_KEEP_ALIVE =
  '-c tcp_keepalives_idle=5 -c tcp_keepalives_interval=1 -c tcp_keepalives_count=10 -c tcp_user_timeout=15000';
/** The server gives up first where it is there, so that nothing is done which nobody hears of. */
const SERVER_GIVES_UP_EARLIER_MS = 250;

/**
 * Connections of their own, to the same database as those of a pool, for statements that are short and must not wait behind loads. No wait
 * is without an end, also where the network is cut without a word: a query is given up after `waitMs`, and its connection with it.
 */
export function ownConnections(pool: Pool, { max, waitMs }: OwnConnectionsOptions): Pool {
  const { options } = pool;
  const own = new Pool({
    ...options,
    // The driver hides it from being copied.
    password: options.password,
    options: [options.options, SERVER_KEEP_ALIVE].filter(Boolean).join(' '),
    max,
    connectionTimeoutMillis: waitMs,
    query_timeout: waitMs,
    statement_timeout: waitMs - SERVER_GIVES_UP_EARLIER_MS,
    idle_in_transaction_session_timeout: waitMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
  });
  // A connection that breaks is replaced; whoever uses it learns of it from its query. Unheard, the events would end the process.
  own.on('error', () => undefined);
  own.on('connect', (client) => client.on('error', () => undefined));
  return own;
}

const RUN_LOG_CONNECTIONS = 8;
/** Far longer than any statement of the run log takes, and short enough to be noticed. */
const RUN_LOG_WAIT_MS = 60_000;

/** Connections for the run log, the queue and the locks of runs, until `use` has ended. */
export async function withRunLog<Result>(pool: Pool, use: (own: Pool) => Promise<Result>): Promise<Result> {
  const own = ownConnections(pool, { max: RUN_LOG_CONNECTIONS, waitMs: RUN_LOG_WAIT_MS });
  try {
    return await use(own);
  } finally {
    await own.end();
  }
}
