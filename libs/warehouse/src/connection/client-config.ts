import type { ClientConfig } from 'pg';
import { types } from 'pg';
import { DatabaseSettingsError } from '../errors.ts';

/** What a connection to the warehouse is made from. */
export interface ConnectionOptions {
  /** `postgres://user:password@host:port/database`; libpq's `sslmode`, `sslrootcert` and `options` are understood. */
  readonly url: string;
  /** Shown in `pg_stat_activity`, so that an operator sees whose session it is. */
  readonly applicationName: string;
  /** Role that sessions act as from their start (`ovis_loader`, …); the login has to be a member of it. Default: the login itself. */
  readonly role?: string;
  /** Longest time a single statement may take, in milliseconds; 0 is no limit. Default: 30 minutes. */
  readonly statementTimeoutMs?: number;
  /** Longest time a transaction may sit without a statement, in milliseconds; 0 is no limit. Default: 5 minutes. */
  readonly idleInTransactionTimeoutMs?: number;
  /** Longest time to wait for a connection, in milliseconds. Default: 10 seconds. */
  readonly connectTimeoutMs?: number;
}

const MINUTE_MS = 60_000;
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_$]{0,62}$/;

/**
 * The driver's configuration: sessions in UTC whatever the server's default is, and bounded waits.
 *
 * @throws DatabaseSettingsError if the URL or the role cannot be used; the URL is never shown.
 */
export function clientConfig(options: ConnectionOptions): ClientConfig {
  const { connectionString, serverOptions } = splitUrl(options.url);
  if (options.role !== undefined && !IDENTIFIER.test(options.role)) {
    throw new DatabaseSettingsError('the role to act as is no plain identifier; expected a name such as ovis_loader');
  }
  // Sent in the start-up packet: no statement is ever run under another role or time zone. Ours come last and win.
  const settings = [serverOptions, '-c timezone=UTC', options.role === undefined ? '' : `-c role=${options.role}`];
  return {
    connectionString,
    application_name: options.applicationName,
    options: settings.filter(Boolean).join(' '),
    statement_timeout: options.statementTimeoutMs ?? 30 * MINUTE_MS,
    idle_in_transaction_session_timeout: options.idleInTransactionTimeoutMs ?? 5 * MINUTE_MS,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 10_000,
    keepAlive: true,
    types: { getTypeParser },
  };
}

function splitUrl(text: string): { readonly connectionString: string; readonly serverOptions: string } {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^postgres(?:ql)?:$/.test(url.protocol)) {
    throw new DatabaseSettingsError(
      'the database URL is not one of PostgreSQL; expected postgres://user:password@host:port/database, with special characters percent-encoded',
    );
  }
  const serverOptions = url.searchParams.get('options') ?? '';
  url.searchParams.delete('options');
  // Without this the driver takes sslmode=require for verify-full, and warns on the console.
  if (url.searchParams.has('sslmode') && !url.searchParams.has('uselibpqcompat')) {
    url.searchParams.set('uselibpqcompat', 'true');
  }
  return { connectionString: url.href, serverOptions };
}

/** A date is a day, not an instant: the driver's own parser would make it midnight of the process's time zone. */
const getTypeParser: typeof types.getTypeParser = (id, format) =>
  id === types.builtins.DATE ? (value: string) => value : types.getTypeParser(id, format);
