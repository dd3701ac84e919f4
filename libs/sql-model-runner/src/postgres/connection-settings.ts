import { SettingsError } from '../errors.ts';

/** How to reach a PostgreSQL server. */
export interface PostgresSettings {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  /** Never printed. */
  readonly password?: string;
  /** As in libpq. Default: `prefer`, as libpq. */
  readonly sslMode?: SslMode;
  /** Certificate files, as in libpq. */
  readonly sslRootCert?: string;
  readonly sslCert?: string;
  readonly sslKey?: string;
  /** Seconds to wait for a connection. Default: 10. */
  readonly connectTimeoutSeconds?: number;
  /** Role that every session takes with `SET ROLE`; new relations belong to it. */
  readonly role?: string;
  /** `search_path` of the sessions; unset leaves the server's. The runner's own statements qualify every name. */
  readonly searchPath?: string;
  readonly applicationName?: string;
}

export const SSL_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
export type SslMode = (typeof SSL_MODES)[number];

/**
 * Reads a connection string such as `DATABASE_URL`.
 *
 * @throws SettingsError that names `variable` and what is wrong, without any part of the value.
 */
export function parseConnectionString(text: string, variable = 'DATABASE_URL'): PostgresSettings {
  const wrong = (reason: string): SettingsError =>
    new SettingsError(`${variable} ${reason}; expected postgres://user:password@host:5432/database`);
  let url: URL;
  try {
    // libpq takes a user without a host (`postgres://me@/db?host=/socket`); a URL of the web needs one.
    url = new URL(text.replace(/^(?<start>postgres(?:ql)?:\/\/[^/@]*@)\//u, '$<start>localhost/'));
  } catch {
    throw wrong('is not a URL');
  }
  if (url.protocol !== 'postgres:' && url.protocol !== 'postgresql:') throw wrong('does not start with postgres://');
  // The user or the password holds a bare / ? or #: what follows it would be taken for another part, and shown as such.
  const rest = url.username === '' ? url.pathname + url.search + url.hash : url.pathname;
  if (rest.includes('@')) throw wrong('has a / ? # or @ that is not percent-encoded (%2F %3F %23 %40)');
  const parameter = (name: string): string | undefined => url.searchParams.get(name) ?? undefined;
  const database = decode(url.pathname.replace(/^\//u, '')) || decode(url.username);
  if (database === '') throw wrong('names no database');
  const sslMode = parameter('sslmode');
  if (sslMode !== undefined && !isSslMode(sslMode))
    throw wrong(`has an unknown sslmode (known: ${SSL_MODES.join(', ')})`);
  const port = url.port === '' ? (parameter('port') ?? '5432') : url.port;
  if (!/^\d{1,5}$/u.test(port) || Number(port) < 1 || Number(port) > 65_535) throw wrong('has a port that is none');
  const timeout = parameter('connect_timeout');
  if (timeout !== undefined && !/^\d{1,6}$/u.test(timeout)) throw wrong('has a connect_timeout that is no number');
  const host = parameter('host') ?? decode(url.hostname);
  return {
    host: host === '' ? 'localhost' : host.replace(/^\[(?<address>.*)\]$/u, '$<address>'),
    port: Number(port),
    database,
    user: decode(url.username) || parameter('user') || 'postgres',
    ...defined('password', decode(url.password) || parameter('password')),
    ...defined('sslMode', sslMode),
    ...defined('sslRootCert', parameter('sslrootcert')),
    ...defined('sslCert', parameter('sslcert')),
    ...defined('sslKey', parameter('sslkey')),
    ...defined('connectTimeoutSeconds', timeout === undefined ? undefined : Number(timeout)),
    ...defined('applicationName', parameter('application_name')),
  };
}

export function isSslMode(text: string): text is SslMode {
  return SSL_MODES.some((mode) => mode === text);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** An object with the key, or an empty one when there is no value: for `exactOptionalPropertyTypes`. */
export function defined<K extends string, V>(key: K, value: V | undefined): Partial<Record<K, V>> {
  return value === undefined ? {} : ({ [key]: value } as Partial<Record<K, V>>);
}
