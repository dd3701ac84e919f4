import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '@ovis/foundation';
import type { EndedSessions } from './ended-sessions.ts';
import type { Role, User } from './users.ts';

/** Somebody who has logged in. */
export interface Login {
  readonly name: string;
  readonly role: Role;
  readonly expiresAt: Date;
}

const LASTS_MS = 12 * 3_600_000;
const TOKEN = /^([A-Za-z0-9_-]{22})\.(\d{1,15})\.([A-Za-z0-9_-]{1,96})\.([A-Za-z0-9_-]{43})$/;

/**
 * Sessions that the browser keeps: the token says who, until when, and is signed. So any replica that has the same key knows it. It ends
 * when its user's password or role changes, and at all replicas when somebody logs out.
 */
export class Sessions {
  readonly #users: ReadonlyMap<string, User>;
  readonly #key: Buffer;
  readonly #clock: Clock;
  readonly #ended: EndedSessions;

  /** @param secret signs the tokens. */
  constructor(users: readonly User[], secret: string, clock: Clock, ended: EndedSessions) {
    this.#users = new Map(users.map((user) => [user.name, user]));
    this.#key = Buffer.from(hkdfSync('sha256', secret, '', 'ovis console session', 32));
    this.#clock = clock;
    this.#ended = ended;
  }

  /** Makes a token. */
  begin(user: User): { readonly token: string; readonly expiresAt: Date } {
    const expiresAtMs = this.#clock.now().getTime() + LASTS_MS;
    const id = randomBytes(16).toString('base64url');
    const name = Buffer.from(user.name).toString('base64url');
    const claims = `${id}.${String(expiresAtMs)}.${name}`;
    const token = `${claims}.${this.#sign(claims, user).toString('base64url')}`;
    return { token, expiresAt: new Date(expiresAtMs) };
  }

  /** Who bears a token; null if it is none, was changed, or has ended. Only of a genuine one the run log is asked. */
  async find(token: string): Promise<Login | null> {
    const found = this.#read(token);
    return found && !(await this.#ended.has(found.id)) ? found.login : null;
  }

  #read(token: string): { readonly id: string; readonly login: Login } | null {
    const [, id, expiresAt, encodedName, signature] = TOKEN.exec(token) ?? [];
    if (id === undefined || encodedName === undefined || signature === undefined) return null;
    const user = this.#users.get(Buffer.from(encodedName, 'base64url').toString());
    if (!user) return null;
    const expected = this.#sign(`${id}.${String(expiresAt)}.${encodedName}`, user);
    const given = Buffer.from(signature, 'base64url');
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
    const expiresAtMs = Number(expiresAt);
    if (this.#clock.now().getTime() >= expiresAtMs) return null;
    return { id, login: { name: user.name, role: user.role, expiresAt: new Date(expiresAtMs) } };
  }

  /** Ends the session of a token, at all replicas. */
  async end(token: string): Promise<void> {
    const found = this.#read(token);
    if (found) await this.#ended.add(found.id, found.login.expiresAt, this.#clock.now());
  }

  #sign(claims: string, { role, passwordHash }: User): Buffer {
    return createHmac('sha256', this.#key)
      .update(`${claims}.${role}.`)
      .update(passwordHash.salt)
      .update(passwordHash.hash)
      .digest();
  }
}
