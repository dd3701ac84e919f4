import { DatabaseError } from 'pg';
import { RawLoaderError, type Retryability } from './errors.ts';

/**
 * SQLSTATE classes and codes after which the same batch may succeed: https://www.postgresql.org/docs/current/errcodes-appendix.html
 * 08 connection · 40 rollback (deadlock, serialization) · 53 resources (disk full 53100, memory, connections) · 55P03 lock timeout ·
 * 57P01-57P05 the server shuts down, starts, or ended the session · 57014 statement timeout or cancelled · 58 outside the server.
 */
const TRANSIENT = /^(?:08...|40...|53...|55P03|55006|57P0[1-5]|57014|58...|25P0[23])$/;

/** What to do next, by SQLSTATE. */
const ADVICE: readonly (readonly [states: RegExp, advice: string])[] = [
  [/^40P01$/, 'two transactions waited for each other; run it again'],
  [/^40/, 'another transaction came in between; run it again'],
  [/^53100$/, "the server's disk is full; free space, then run it again"],
  [/^53300$/, 'the server has no free connection; lower the number of workers or raise max_connections'],
  [/^53/, 'the server is out of resources; run it again later'],
  [/^55P03$/, 'a lock was not granted in time; run it again'],
  [/^57014$/, 'the statement was cancelled or ran into statement_timeout'],
  [/^(?:08|57P0)/, 'the connection was lost or the server is not ready; run it again'],
  [/^28/, 'the server refused the login; check the user and password of the connection'],
  [/^3D000$/, 'the database does not exist; check the name in the connection'],
  [/^(?:42P01|3F000)$/, 'the table is missing; apply the migrations'],
  [/^42703$/, "a column is missing; apply the migrations, or correct the table's description"],
  [/^42501$/, "the session's role lacks the privilege; run it as the role that owns the table"],
  [/^42P10$/, "no unique constraint matches the key of the table's description"],
];

/** Network failures below PostgreSQL's protocol, by Node's code. */
const NETWORK = /^(?:ECONN\w+|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN)$/;

/** The SQLSTATE of an error that the server reported, otherwise null. */
export function sqlStateOf(error: unknown): string | null {
  return error instanceof DatabaseError && typeof error.code === 'string' ? error.code : null;
}

/** Whether the error says that no partition takes a row. */
export function isMissingPartition(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === '23514' && error.routine === 'ExecFindPartition';
}

/**
 * The one place where what `pg` throws becomes an error of this library. What the server reports may quote values (in its detail and context,
 * and in the message of data errors), so the report itself is not kept as the cause: a copy without them is.
 *
 * @param doing what was tried: `copying 4711 rows into raw.device_last_updates`.
 */
export function toRawLoaderError(error: unknown, doing: string): RawLoaderError {
  if (error instanceof RawLoaderError) return error;
  const sqlState = sqlStateOf(error);
  const advice = ADVICE.find(([states]) => sqlState !== null && states.test(sqlState))?.[1];
  const reported = withoutValues(error, sqlState);
  const state = sqlState === null ? '' : ` (SQLSTATE ${sqlState})`;
  const message = `${doing} failed: ${reported}${state}${advice === undefined ? '' : `; ${advice}`}`;
  return new RawLoaderError(message, {
    retryability: retryabilityOf(error, sqlState),
    sqlState,
    cause: bare(error, reported, sqlState),
  });
}

/** Whether the connection or the server failed, and not what was done on it: class 08, 53, 57P0x, or a network error. */
export function isConnectionFailure(error: unknown): boolean {
  if (!(error instanceof RawLoaderError) || error.retryability !== 'transient') return false;
  return error.sqlState === null || /^(?:08|53|57P0)/.test(error.sqlState);
}

function retryabilityOf(error: unknown, sqlState: string | null): Retryability {
  if (sqlState !== null) return TRANSIENT.test(sqlState) ? 'transient' : 'terminal';
  return isConnectionLoss(error) ? 'transient' : 'terminal';
}

function isConnectionLoss(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isConnectionLoss);
  if (!(error instanceof Error)) return false;
  const { code } = error as { readonly code?: unknown };
  if (typeof code === 'string' && NETWORK.test(code)) return true;
  // pg has no code for these: https://github.com/brianc/node-postgres/blob/master/packages/pg/lib/client.js
  return /^(?:Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|timeout expired)/.test(
    error.message,
  );
}

/** The message, unless it is one of class 22 (data exception), which quotes the value, or of a trigger or function (P0, 38, 39), which may. */
function withoutValues(error: unknown, sqlState: string | null): string {
  if (sqlState?.startsWith('22') === true) return 'the server refused a value';
  if (sqlState !== null && /^(?:P0|38|39)/.test(sqlState)) return 'a trigger or function of the database refused it';
  if (error instanceof AggregateError && error.message === '')
    return error.errors.map((part) => withoutValues(part, null)).join('; ');
  return error instanceof Error ? error.message : 'an unknown failure';
}

/** The cause as it may be logged: message, SQLSTATE and stack, no detail, no context, no query. */
function bare(error: unknown, message: string, sqlState: string | null): Error {
  const copy = Object.assign(new Error(message), sqlState === null ? {} : { code: sqlState });
  if (error instanceof Error && error.stack !== undefined && message === error.message) copy.stack = error.stack;
  return copy;
}
