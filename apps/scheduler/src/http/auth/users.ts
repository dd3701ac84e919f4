import { SettingsError } from '@ovis/foundation';
import { parsePasswordHash, type PasswordHash } from './password-hash.ts';

/** What somebody may do. `viewer`: read; `operator`: also launch, cancel, retry, pause. */
export type Role = 'viewer' | 'operator';

/** Somebody who may log in. */
export interface User {
  readonly name: string;
  readonly role: Role;
  readonly passwordHash: PasswordHash;
}

const USER = /^([A-Za-z0-9][A-Za-z0-9._@-]{0,63}):(viewer|operator):(\$scrypt\$[^$]*\$[^$,\s]*\$[^$,\s]*)$/;
/** A hash holds commas itself, but only ones that are followed by a parameter: `r=` or `p=`. */
const BETWEEN_USERS = /\s*,(?![rp]=)\s*|\s*\n\s*/;

/**
 * Reads `name:role:hash`, comma-separated or a line each.
 *
 * @throws SettingsError naming the variable and which entry is wrong, never the entry.
 */
export function parseUsers(text: string): readonly User[] {
  const users = new Map<string, User>();
  const entries = text
    .split(BETWEEN_USERS)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  for (const [index, entry] of entries.entries()) {
    const place = `has an entry, number ${String(index + 1)}, that`;
    const [, name, role, hash] = USER.exec(entry) ?? [];
    if (name === undefined || hash === undefined || (role !== 'viewer' && role !== 'operator')) {
      throw new SettingsError('CONSOLE_USERS', `${place} is not name:role:hash with the role viewer or operator`);
    }
    const passwordHash = parsePasswordHash(hash);
    if (!passwordHash) {
      throw new SettingsError(
        'CONSOLE_USERS',
        `${place} has no hash such as $scrypt$ln=15,r=8,p=3$…$…; make one with ovis-scheduler hash-password`,
      );
    }
    if (users.has(name)) throw new SettingsError('CONSOLE_USERS', `${place} has a name that stands there before`);
    users.set(name, { name, role, passwordHash });
  }
  return [...users.values()];
}
