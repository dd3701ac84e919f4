import { linkSignals, untilAborted } from './abort.ts';
import type { Clock } from './clock.ts';
import type { LoginAnswer } from './envelope.ts';
import { OvisClientError, WrongCredentialsError } from './errors.ts';
import type { EventSink, LoginEvent } from './events.ts';

/** Who asks for a token. */
export interface TokenCaller {
  readonly signal: AbortSignal;
  readonly events: EventSink;
}

/** What a {@link Session} is made from. */
export interface SessionOptions {
  readonly shard: string;
  readonly clock: Clock;
  /** See `ClientLimits`. */
  readonly tokenRefreshMarginMs: number;
  /** Logs in, with its own retries. */
  readonly login: (caller: TokenCaller) => Promise<LoginAnswer>;
  /** Aborted when the client closes. */
  readonly closed: AbortSignal;
}

interface Token {
  readonly value: string;
  readonly expiresAt: number;
  /** From here on a new one is asked for. */
  readonly renewAt: number;
}

interface RunningLogin {
  readonly token: Promise<Token>;
  readonly abandon: (reason: unknown) => void;
  waiting: number;
}

/** Refused credentials are not tried again for this long: repeated logins lock accounts. */
const REFUSED_FOR_MS = 60_000;
/** After a failed renewal the old token is used for this long before the next try. */
const RENEWAL_PAUSE_MS = 5_000;

/** The token of one shard: one login at a time, whoever waits for it. */
export class Session {
  readonly #options: SessionOptions;
  #token: Token | undefined;
  #running: RunningLogin | undefined;
  #refused: { readonly error: WrongCredentialsError; readonly at: number } | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /**
   * A token that is good for a while; logs in if there is none or it is about to expire.
   * @throws the signal's reason, or why the login failed.
   */
  async token(caller: TokenCaller): Promise<string> {
    const token = this.#token;
    const now = this.#options.clock.now();
    if (token === undefined) return (await this.#login('first', caller)).value;
    if (now < token.renewAt) return token.value;
    try {
      return (await this.#login('expiring', caller)).value;
    } catch (error) {
      caller.signal.throwIfAborted();
      const stillGood = this.#options.clock.now() < token.expiresAt && this.#token === token;
      if (!stillGood || !(error instanceof OvisClientError) || error.retryability !== 'transient') throw error;
      this.#token = { ...token, renewAt: Math.min(token.expiresAt, this.#options.clock.now() + RENEWAL_PAUSE_MS) };
      return token.value;
    }
  }

  /** Another token than `refused`, which the shard answered 401 to. */
  async renewed(refused: string, caller: TokenCaller): Promise<string> {
    if (this.#token !== undefined && this.#token.value !== refused) return this.#token.value;
    this.#token = undefined;
    return (await this.#login('refused', caller)).value;
  }

  async #login(cause: LoginEvent['cause'], caller: TokenCaller): Promise<Token> {
    const refusal = this.#refused;
    if (refusal !== undefined && performance.now() - refusal.at < REFUSED_FOR_MS) throw refusal.error;
    const running = (this.#running ??= this.#start(cause, caller.events));
    running.waiting++;
    try {
      return await untilAborted(running.token, caller.signal);
    } finally {
      running.waiting--;
      // The last one who waited has gone: nobody wants this login any more.
      if (running.waiting === 0 && caller.signal.aborted) running.abandon(caller.signal.reason);
    }
  }

  /** Runs on a signal of its own: the caller who began it may go while others wait. */
  #start(cause: LoginEvent['cause'], events: EventSink): RunningLogin {
    const linked = linkSignals(this.#options.closed);
    const running: RunningLogin = {
      token: this.#run(cause, { signal: linked.signal, events }).finally(() => {
        linked.release();
        if (this.#running === running) this.#running = undefined;
      }),
      abandon: (reason) => {
        if (this.#running === running) this.#running = undefined;
        linked.abort(reason);
      },
      waiting: 0,
    };
    return running;
  }

  async #run(cause: LoginEvent['cause'], caller: TokenCaller): Promise<Token> {
    const { shard, clock, tokenRefreshMarginMs, login } = this.#options;
    const startedAt = performance.now();
    // Before the request: the token's life began somewhere between this moment and the answer.
    const sentAt = clock.now();
    const tell = (outcome: LoginEvent['outcome'], errorClass: LoginEvent['errorClass']): void =>
      caller.events.onLogin({ shard, cause, outcome, errorClass, durationMs: performance.now() - startedAt });
    try {
      const { accessToken, lifetimeMs } = await login(caller);
      const margin = Math.min(tokenRefreshMarginMs, lifetimeMs / 2);
      this.#token = { value: accessToken, expiresAt: sentAt + lifetimeMs, renewAt: sentAt + lifetimeMs - margin };
      this.#refused = undefined;
      tell('succeeded', null);
      return this.#token;
    } catch (error) {
      if (error instanceof WrongCredentialsError) this.#refused = { error, at: performance.now() };
      tell(caller.signal.aborted ? 'aborted' : 'failed', error instanceof OvisClientError ? error.errorClass : null);
      throw error;
    }
  }
}
