import { DatabaseUnreachableError } from '../errors.ts';

const NETWORK_PROBLEMS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name could not be looked up',
  EHOSTUNREACH: 'there is no route to the host',
  ENETUNREACH: 'there is no route to the network',
  ETIMEDOUT: 'no answer came in time',
  ECONNRESET: 'the connection was cut',
};

/** Server refusals (SQLSTATE) that an operator can mend, each with the next step. */
const REFUSALS: Readonly<Record<string, (target: Target) => string>> = {
  '28P01': ({ user }) => `the password of user "${user}" was refused; correct it in DATABASE_URL`,
  '28000': ({ user }) => `user "${user}" may not log in from here; correct DATABASE_URL, or the server's pg_hba.conf`,
  '3D000': ({ database }) => `there is no database "${database}"; create it, or correct DATABASE_URL`,
  '42501': ({ user }) => `user "${user}" may not connect, or may not act as the wanted role; grant it`,
  '22023': () =>
    'the wanted role does not exist or may not be taken; run ovis-migrate up, or grant the role to the login',
};

interface Target {
  readonly server: string;
  readonly user: string;
  readonly database: string;
}

/**
 * Says in one sentence why a connection could not be made, and what to do. The connection string is not shown, only its host,
 * port, user and database.
 *
 * @param error what connecting, or the first query of a pool, failed with.
 * @returns null if the error is not one of connecting.
 */
export function describeConnectionError(error: unknown, url: string): DatabaseUnreachableError | null {
  if (!(error instanceof Error)) return null;
  const target = targetOf(url);
  const code = codeOf(error);
  const refusal = code === null ? undefined : REFUSALS[code];
  if (refusal) {
    return new DatabaseUnreachableError(`${target.server}: ${refusal(target)}`, code, 'terminal', { cause: error });
  }
  const isTimeout = code === null && /timeout|connection terminated/i.test(error.message);
  const problem = code === null ? undefined : (NETWORK_PROBLEMS[code] ?? startUpProblem(code));
  if (problem === undefined && !isTimeout && !isTls(error)) return null;
  const reason = problem ?? (isTimeout ? 'no answer came in time' : 'the TLS handshake failed');
  return new DatabaseUnreachableError(
    `no connection to ${target.server}: ${reason}; start the server or correct DATABASE_URL`,
    code,
    'transient',
    { cause: error },
  );
}

/** SQLSTATE classes 08 (connection), 53 (resources) and 57P (starting, stopping). */
function startUpProblem(code: string): string | undefined {
  if (code === '53300') return 'the server has no connection left';
  if (code.startsWith('57P')) return 'the server is starting up or shutting down';
  return code.startsWith('08') ? 'the connection broke' : undefined;
}

function isTls(error: Error): boolean {
  return /SSL|TLS|certificate/i.test(error.message);
}

/** An address with several IPs fails with an AggregateError that has the code only on its parts. */
function codeOf(error: Error): string | null {
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return codeOf(error.errors[0]);
  return null;
}

function targetOf(url: string): Target {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  const host = parsed?.searchParams.get('host') ?? parsed?.hostname ?? '';
  return {
    server: `PostgreSQL at ${host === '' ? 'localhost' : decodeURIComponent(host)}:${parsed?.port || '5432'}`,
    user: decodeURIComponent(parsed?.username ?? ''),
    database: decodeURIComponent(parsed?.pathname.slice(1) ?? ''),
  };
}
