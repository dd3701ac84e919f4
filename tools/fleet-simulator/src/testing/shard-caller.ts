import type { SimulatedShard } from '../simulator.ts';

/** A response, read to its end. */
export interface Received {
  readonly status: number;
  readonly contentType: string;
  readonly headers: Headers;
  readonly text: string;
}

/** A page of a listing as the contract writes it. */
export interface ReceivedPage {
  readonly items: readonly Record<string, unknown>[];
  readonly nextCursor: string | null;
}

/** Asks one shard; logs in when it has no token. */
export class ShardCaller {
  readonly shard: SimulatedShard;
  #token: string | null = null;

  constructor(shard: SimulatedShard) {
    this.shard = shard;
  }

  /** Logs in, trying again as long as the shard is busy. */
  async login(): Promise<Received> {
    const { username, password, baseUrl } = this.shard;
    for (;;) {
      const received = await this.#send(`${baseUrl}/api/v1/auth/login`, {
        method: 'POST',
        body: JSON.stringify({ username, password }),
      });
      if (received?.status !== 200) continue;
      this.#token = (JSON.parse(received.text) as { accessToken: string }).accessToken;
      return received;
    }
  }

  /** One request as it is; null when the connection was cut. */
  async get(path: string, headers: Record<string, string> = {}): Promise<Received | null> {
    if (this.#token === null) await this.login();
    return this.#send(`${this.shard.baseUrl}/api/v1${path}`, {
      headers: { authorization: `Bearer ${this.#token}`, ...headers },
    });
  }

  /** Tries again, at once, until the shard answers 200; null after `tries`. `seen` gets every response on the way. */
  async getPatiently(path: string, seen: (received: Received) => void = () => {}, tries = 6): Promise<Received | null> {
    for (let left = tries; left > 0; left--) {
      const received = await this.get(path);
      if (received === null) continue;
      seen(received);
      if (received.status === 200) return received;
      if (received.status === 401) this.#token = null;
    }
    return null;
  }

  /** All pages of a listing, asked for patiently; null when a page never comes. */
  async pages(
    path: string,
    limit: number,
    seen: (received: Received) => void = () => {},
  ): Promise<ReceivedPage[] | null> {
    const pages: ReceivedPage[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const query = `limit=${limit}${cursor === '' ? '' : `&cursor=${cursor}`}`;
      const received = await this.getPatiently(`${path}${path.includes('?') ? '&' : '?'}${query}`, seen);
      if (received === null) return null;
      try {
        pages.push(JSON.parse(received.text) as ReceivedPage);
      } catch {
        return null;
      }
      cursor = pages.at(-1)?.nextCursor ?? null;
    }
    return pages;
  }

  async #send(url: string, init: RequestInit): Promise<Received | null> {
    try {
      const response = await fetch(url, init);
      const contentType = (response.headers.get('content-type') ?? '').split(';')[0] ?? '';
      return { status: response.status, contentType, headers: response.headers, text: await response.text() };
    } catch {
      return null;
    }
  }
}
