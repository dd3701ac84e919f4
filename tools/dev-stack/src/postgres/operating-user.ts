import { readFileSync } from 'node:fs';
import { DevStackError } from '../errors.ts';

/** The uid and gid that the server's processes get; `null` when they simply keep ours. */
export type OperatingUser = { readonly uid: number; readonly gid: number } | null;

/** Accounts that hold no files of anybody and exist on all common systems, best first. */
const UNPRIVILEGED_ACCOUNTS = ['postgres', 'nobody', 'daemon'];

/**
 * PostgreSQL refuses to run as root, and `initdb` wants a name for its uid: so root lends it an unprivileged account.
 *
 * @param passwd the account database, in the form of passwd(5).
 * @throws DevStackError if we are root and no unprivileged account exists.
 */
export function chooseOperatingUser(uid: number, passwd: string): OperatingUser {
  if (uid !== 0) return null;
  const accounts = new Map(passwd.split('\n').map((line) => [line.split(':')[0], line.split(':')]));
  for (const name of UNPRIVILEGED_ACCOUNTS) {
    const entry = accounts.get(name);
    const [accountUid, accountGid] = [Number(entry?.[2]), Number(entry?.[3])];
    if (accountUid > 0 && accountGid > 0) return { uid: accountUid, gid: accountGid };
  }
  throw new DevStackError(
    `PostgreSQL refuses to run as root, and none of the accounts ${UNPRIVILEGED_ACCOUNTS.join(', ')} exists in /etc/passwd; ` +
      'add one of them (useradd --system postgres), run as an ordinary user, or set DATABASE_URL to a server of your own',
  );
}

/** {@link chooseOperatingUser} for this process. */
export function currentOperatingUser(): OperatingUser {
  return chooseOperatingUser(process.getuid?.() ?? 1, readFileSync('/etc/passwd', 'utf8'));
}
