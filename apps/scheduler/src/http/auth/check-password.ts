import { hashPassword, isPassword, parsePasswordHash } from './password-hash.ts';
import type { User } from './users.ts';

/** So many logins wait for their turn at most; more are turned away. */
const MOST_WAITING = 16;

/** Checks passwords one after the other: each takes tens of megabytes. */
export class PasswordChecker {
  readonly #users: ReadonlyMap<string, User>;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  /** What an unknown name is checked against, so that it takes as long as a known one. */
  readonly #nobody = hashPassword('').then(parsePasswordHash);

  constructor(users: readonly User[]) {
    this.#users = new Map(users.map((user) => [user.name, user]));
  }

  /** @returns null if name and password are not those of a user; `busy` if too many wait. */
  async check(name: string, password: string): Promise<User | null | 'busy'> {
    if (this.#waiting >= MOST_WAITING) return 'busy';
    this.#waiting += 1;
    const checking = this.#last.then(async () => {
      const user = this.#users.get(name);
      const hash = user?.passwordHash ?? (await this.#nobody);
      const isRight = hash !== null && (await isPassword(password, hash));
      return isRight && user ? user : null;
    });
    this.#last = checking.catch(() => undefined);
    return checking.finally(() => {
      this.#waiting -= 1;
    });
  }
}
