import { SettingsError } from '../errors.ts';
import { readSetting, type Environment } from './environment.ts';

/**
 * The connection string of a PostgreSQL database.
 *
 * @throws SettingsError if it is missing or is no `postgres://` URL with a host and a database. The value is not shown: it may
 * hold a password.
 */
export function parseDatabaseUrl(env: Environment, readFile: (path: string) => string, name = 'DATABASE_URL'): string {
  const value = readSetting(env, name, readFile);
  const example = 'postgres://user:password@host:5432/database';
  if (value === undefined) throw new SettingsError(name, `is not set; give a URL like ${example}`);
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (!url || !/^postgres(?:ql)?:$/.test(url.protocol)) {
    throw new SettingsError(name, `is not a PostgreSQL URL; it must look like ${example}`);
  }
  // libpq's other place for it, e.g. the folder of a socket.
  if (url.hostname === '' && !url.searchParams.has('host')) {
    throw new SettingsError(name, `names no host; it must look like ${example}`);
  }
  if (url.pathname.length < 2) throw new SettingsError(name, `names no database; it must look like ${example}`);
  return value;
}
