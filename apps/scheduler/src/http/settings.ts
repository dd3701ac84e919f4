import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { parseInteger, readSetting, SettingsError, type Environment } from '@ovis/foundation';
import { parseUsers, type User } from './auth/users.ts';

/** Where the HTTP API listens, and for whom. */
export interface HttpSettings {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** Whether only programs on this machine reach it. */
  readonly isLoopback: boolean;
  /** Empty: nobody logs in, and everybody on this machine may do everything. */
  readonly users: readonly User[];
  /** Signs the sessions. */
  readonly sessionKey: string;
}

/** The variables, for `--help`. */
export const HTTP_SETTINGS_HELP = `  HTTP_HOST, HTTP_PORT          where the HTTP API listens (127.0.0.1, 8080); elsewhere than on loopback it wants CONSOLE_USERS
  CONSOLE_USERS                 name:role:hash, comma-separated; roles viewer and operator; hashes by ovis-scheduler hash-password
  CONSOLE_SESSION_KEY           32 characters or more, the same for all replicas; unset: a new one at each start, which ends all sessions`;

const SHORTEST_KEY = 32;
const HOST_NAME = /^[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?$/;

/** @throws SettingsError naming the variable; also if the API would be reached from elsewhere without a login. */
export function parseHttpSettings(env: Environment): HttpSettings {
  const readFile = (path: string): string => readFileSync(path, 'utf8');
  const host = env['HTTP_HOST'] || '127.0.0.1';
  if (isIP(host) === 0 && !HOST_NAME.test(host)) {
    throw new SettingsError(
      'HTTP_HOST',
      'is neither an IP address nor a host name; expected e.g. 127.0.0.1 or 0.0.0.0',
    );
  }
  const isLoopback = host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
  const users = parseUsers(readSetting(env, 'CONSOLE_USERS', readFile) ?? '');
  if (!isLoopback && users.length === 0) {
    throw new SettingsError(
      'CONSOLE_USERS',
      `must be set when HTTP_HOST is not loopback: everybody who reaches ${host} could start and stop runs. Set it to name:role:hash ` +
        '(hashes by ovis-scheduler hash-password), or leave HTTP_HOST unset',
    );
  }
  const sessionKey = readSetting(env, 'CONSOLE_SESSION_KEY', readFile);
  if (sessionKey !== undefined && sessionKey.length < SHORTEST_KEY) {
    throw new SettingsError('CONSOLE_SESSION_KEY', `is shorter than ${String(SHORTEST_KEY)} characters`);
  }
  return {
    host,
    port: parseInteger(env, 'HTTP_PORT', { min: 0, max: 65_535, default: 8080 }),
    isLoopback,
    users,
    sessionKey: sessionKey ?? randomBytes(32).toString('hex'),
  };
}
