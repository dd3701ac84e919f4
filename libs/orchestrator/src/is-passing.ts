import { isTransient } from '@ovis/foundation';
import { describeConnectionError } from '@ovis/warehouse';

/**
 * SQLSTATE classes of what passes, besides those of connecting: transactions that others were in the way of, resources that are used up, an
 * operator's doing; and a lock that did not come in time: https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const PASSING_SQLSTATE = /^(?:08|40|53|57)[0-9A-Z]{3}$|^55P03$/;
/** Sockets that were closed while somebody wrote to them. */
const CLOSED_SOCKETS: ReadonlySet<string> = new Set(['EPIPE', 'ECONNABORTED', 'ERR_STREAM_DESTROYED']);
/** What the driver says, without a code, of a connection that broke before. */
const BROKEN_CONNECTION = 'Client has encountered a connection error and is not queryable';

/** Whether an error is the database's or the network's for the moment: what met it is tried again, and not at fault. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('retryability' in error) return isTransient(error);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : null;
  if (code !== null && (PASSING_SQLSTATE.test(code) || CLOSED_SOCKETS.has(code))) return true;
  if (code === null && error.message === BROKEN_CONNECTION) return true;
  // The address is for its message alone, which is not used here.
  return describeConnectionError(error, '')?.retryability === 'transient' || isPassing(error.cause);
}
