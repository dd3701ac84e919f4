import { randomBytes } from 'node:crypto';

/** A shard withdraws no token that has served fewer requests: two 401 in a row would be a fault of another kind. */
const GRACE_REQUESTS = 25;
const GRACE_REQUESTS_FIRST = 3;

interface Issued {
  readonly expiresAtMs: number;
  readonly grace: number;
  requests: number;
}

/** The bearer tokens of one shard. Another shard knows none of them. */
export class Tokens {
  readonly #issued = new Map<string, Issued>();
  readonly #lifetimeSeconds: number;
  readonly #wallClock: () => number;
  #grace = GRACE_REQUESTS_FIRST;

  /** @param wallClock milliseconds; tokens live in real time, whatever the simulated time. */
  constructor(lifetimeSeconds: number, wallClock: () => number) {
    this.#lifetimeSeconds = lifetimeSeconds;
    this.#wallClock = wallClock;
  }

  /** Makes a token that lives for the configured time. */
  issue(): string {
    const now = this.#wallClock();
    for (const [token, { expiresAtMs }] of this.#issued) if (expiresAtMs <= now) this.#issued.delete(token);
    const token = randomBytes(24).toString('base64url');
    this.#issued.set(token, { expiresAtMs: now + this.#lifetimeSeconds * 1000, grace: this.#grace, requests: 0 });
    this.#grace = GRACE_REQUESTS;
    return token;
  }

  /** Whether an `Authorization` header carries a token that is good now; counts the request. */
  accepts(authorization: string | undefined): boolean {
    const issued = this.#find(authorization);
    if (issued === undefined || issued.expiresAtMs <= this.#wallClock()) return false;
    issued.requests++;
    return true;
  }

  /** Makes a token worthless before its time. Returns false, and does nothing, while the token is quite new. */
  withdraw(authorization: string | undefined): boolean {
    const issued = this.#find(authorization);
    if (issued === undefined || issued.requests <= issued.grace) return false;
    this.#issued.delete(bearer(authorization));
    return true;
  }

  #find(authorization: string | undefined): Issued | undefined {
    return this.#issued.get(bearer(authorization));
  }
}

function bearer(authorization: string | undefined): string {
  return /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1] ?? '';
}
