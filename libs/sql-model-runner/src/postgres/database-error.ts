import { CancelledError, DatabaseError, type ModelRunnerError } from '../errors.ts';

/** SQLSTATEs after which the same work may succeed: connection, resources, locks, serialization, shutdown. */
const TRANSIENT = /^(?:08|53|57P0[1-5]|40001|40P01|55P03|58)/u;
const CONNECTION_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'ETIMEDOUT',
  'EPIPE',
  'EAI_AGAIN',
  'EHOSTUNREACH',
]);

interface ServerFields {
  readonly message: string;
  readonly code?: string;
  readonly position?: string;
  readonly hint?: string;
  readonly severity?: string;
}

/**
 * Maps what the driver threw, here and nowhere else. `detail` is left out on purpose, and what the messages quote of data: PostgreSQL
 * puts row values there.
 *
 * @param statement what was running; null while connecting.
 * @param before characters that were sent in front of it.
 */
export function toDatabaseError(error: unknown, statement: string | null, before = 0): ModelRunnerError {
  if (error instanceof DatabaseError || error instanceof CancelledError) return error;
  const fields = error as ServerFields;
  const fromServer = typeof fields.severity === 'string' && typeof fields.code === 'string';
  if (!fromServer) {
    const code = typeof fields.code === 'string' && CONNECTION_CODES.has(fields.code) ? ` (${fields.code})` : '';
    const reason = error instanceof Error ? error.message || error.name : String(error);
    const failure = { sqlState: null, position: null, hint: null, statement };
    return new DatabaseError(`${connectionReason(reason)}${code}`, failure, 'transient', { cause: error });
  }
  const code = fields.code ?? '';
  const failure = {
    sqlState: code,
    position: fields.position === undefined ? null : Number(fields.position) - 1 - before,
    hint: fields.hint ?? null,
    statement,
  };
  const message = withoutValues(fields.message, code);
  return new DatabaseError(message, failure, TRANSIENT.test(code) ? 'transient' : 'terminal', {
    cause: bare(error, message, code),
  });
}

/**
 * Messages of class 22 (data exception) quote the row's value that could not be taken: it is cut out, from the first quotation mark
 * to the last, because the value may hold such marks itself. The marks are those of the server's language.
 */
function withoutValues(message: string, code: string): string {
  return code.startsWith('22') ? message.replace(/\s*:?\s*["„“”«»].*["“”«»]/su, '') : message;
}

/** The cause as it may be logged: no detail, no context, no query. */
function bare(error: unknown, message: string, code: string): Error {
  const copy = Object.assign(new Error(message), { code });
  if (error instanceof Error && error.stack !== undefined && message === error.message) copy.stack = error.stack;
  return copy;
}

function connectionReason(reason: string): string {
  return /terminated|closed|ended/iu.test(reason) ? `the connection to PostgreSQL was lost: ${reason}` : reason;
}

/** Whether the statement gave up waiting for a lock, or was chosen as a deadlock's victim. */
export function isLockFailure(error: unknown): boolean {
  return error instanceof DatabaseError && (error.sqlState === '55P03' || error.sqlState === '40P01');
}
