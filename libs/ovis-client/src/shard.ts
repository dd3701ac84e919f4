import { Pool } from 'undici';
import { Circuit } from './circuit.ts';
import type { Answer, Page } from './client.ts';
import type { Clock } from './clock.ts';
import type { AggregateQuestion } from './daily-aggregates.ts';
import { type LoginAnswer, readAggregate, readLogin, readPage } from './envelope.ts';
import {
  HttpStatusError,
  OvisClientError,
  type ListOperation,
  type Operation,
  type RequestFacts,
  type ShardError,
  WrongCredentialsError,
} from './errors.ts';
import type { EventSink } from './events.ts';
import { exchange, type ExchangeRequest } from './exchange.ts';
import type { ClientLimits, RequestLimiter, ResolvedShard } from './options.ts';
import type { RawBody } from './read-body.ts';
import { deviceAggregatePath, LOGIN_PATH, pageQuery } from './request-path.ts';
import { RetryBudget } from './retry-budget.ts';
import { withRetries } from './retry.ts';
import { Session, type TokenCaller } from './session.ts';
import { Slots } from './slots.ts';

/** What a {@link Shard} is made from. */
export interface ShardOptions {
  readonly settings: ResolvedShard;
  readonly limits: ClientLimits;
  readonly clock: Clock;
  readonly random: () => number;
  readonly userAgent: string;
  /** The client's own listeners. */
  readonly events: EventSink;
  /** Aborted when the client closes. */
  readonly closed: AbortSignal;
  readonly requestLimiter: RequestLimiter | undefined;
}

/** On whose behalf something is fetched. */
export interface Fetching {
  readonly signal: AbortSignal;
  /** The client's listeners and the listing's. */
  readonly events: EventSink;
}

/** A page to be fetched. */
export interface PageRequest extends Fetching {
  readonly operation: ListOperation;
  /** Without the shard's prefix and the query. */
  readonly path: string;
  readonly limit: number;
  readonly cursor: string | null;
  /** Of a listing of aggregates. */
  readonly question: AggregateQuestion | null;
}

/** A GET and what its body is read as. */
interface Get<T> extends Fetching {
  readonly operation: Operation;
  /** With the query, without the shard's prefix. */
  readonly path: string;
  readonly read: (body: RawBody, facts: RequestFacts) => T;
}

/** One exchange and what its body is read as. */
interface Sending<T> extends Omit<ExchangeRequest, 'path'> {
  readonly path: string;
  readonly read: (body: RawBody) => T;
}

/** One shard: its connections, its token, its retry budget and its circuit. Nothing is shared between shards. */
export class Shard {
  readonly #options: ShardOptions;
  readonly #pool: Pool;
  readonly #slots: Slots;
  readonly #budget: RetryBudget;
  readonly #circuit: Circuit;
  readonly #session: Session;

  constructor(options: ShardOptions) {
    const { settings, limits, events } = options;
    this.#options = options;
    this.#pool = new Pool(settings.origin, {
      connections: limits.maxRequestsPerShard,
      pipelining: 1,
      // One request a connection: a stalled body then holds up nobody else, and the timeouts are those of HTTP/1.1.
      allowH2: false,
      connect: { timeout: limits.connectTimeoutMs },
      headersTimeout: limits.headersTimeoutMs,
      bodyTimeout: limits.bodyTimeoutMs,
      maxResponseSize: limits.maxResponseBytes,
    });
    const { requestLimiter } = options;
    this.#slots = new Slots(() =>
      Math.min(limits.maxRequestsPerShard, requestLimiter?.limitOf(settings.name) ?? Infinity),
    );
    this.#budget = new RetryBudget({
      capacity: limits.retryBudgetCapacity,
      perRequest: limits.retryBudgetPerRequest,
      perSecond: limits.retryBudgetPerSecond,
    });
    this.#circuit = new Circuit(limits, (state) => events.onCircuitChange({ shard: settings.name, state }));
    this.#session = new Session({
      shard: settings.name,
      clock: options.clock,
      tokenRefreshMarginMs: limits.tokenRefreshMarginMs,
      login: (caller) => this.#login(caller),
      closed: options.closed,
    });
  }

  /** Requests that are under way. */
  get requests(): number {
    return this.#slots.taken;
  }

  /** Sends what waits, as far as it may now. */
  look(): void {
    this.#slots.look();
  }

  /** Fetches one page, with login and retries as needed. */
  async fetchPage({ limit, cursor, question, ...request }: PageRequest): Promise<Page> {
    const { maxItemsPerPage } = this.#options.limits;
    return this.#get({
      ...request,
      path: request.path + pageQuery(limit, cursor, question),
      read: (body, facts) => readPage(body, cursor, maxItemsPerPage, facts),
    });
  }

  /**
   * Fetches one device's aggregate, with login and retries as needed.
   * @returns null if the device reported nothing on that day.
   */
  async fetchDeviceAggregate(deviceId: string, question: AggregateQuestion, caller: Fetching): Promise<Answer | null> {
    try {
      return await this.#get({
        ...caller,
        operation: 'getDeviceDailyAggregate',
        path: deviceAggregatePath(deviceId, question),
        read: readAggregate,
      });
    } catch (error) {
      if (error instanceof HttpStatusError && error.status === 404) return null;
      throw error;
    }
  }

  async #get<T>(request: Get<T>): Promise<T> {
    const { operation, signal, events } = request;
    const renewal = { used: false };
    return this.#withRetries(operation, { signal, events }, async (attempt) => {
      // The place is held until the body is read, not while waiting for the next try.
      const release = await this.#slots.acquire(signal);
      try {
        return await this.#sendWithToken(request, attempt, renewal);
      } finally {
        release();
      }
    });
  }

  /** Breaks off what runs and closes the connections. */
  async close(reason: Error): Promise<void> {
    await this.#pool.destroy(reason);
  }

  async #sendWithToken<T>(request: Get<T>, attempt: number, renewal: { used: boolean }): Promise<T> {
    const send = (token: string): Promise<T> => this.#sendGet(request, token, attempt);
    const token = await this.#session.token(request);
    try {
      return await send(token);
    } catch (error) {
      const refused = error instanceof HttpStatusError && error.status === 401;
      if (!refused || renewal.used) throw error;
      renewal.used = true;
      return send(await this.#session.renewed(token, request));
    }
  }

  #sendGet<T>({ operation, path, signal, events, read }: Get<T>, token: string, attempt: number): Promise<T> {
    const facts = this.#facts(operation, attempt);
    return this.#send({
      facts,
      method: 'GET',
      path,
      headers: { authorization: `Bearer ${token}` },
      signal,
      events,
      read: (body) => read(body, facts),
    });
  }

  /**
   * A POST, and still sent again after a transient failure: it asks for a token and changes nothing. It takes no place
   * of its own, for the caller that needs it holds one and sends nothing meanwhile.
   */
  async #login(caller: TokenCaller): Promise<LoginAnswer> {
    const { username, password } = this.#options.settings;
    const body = JSON.stringify({ username, password });
    return this.#withRetries('login', caller, async (attempt) => {
      const facts = this.#facts('login', attempt);
      try {
        return await this.#send({
          facts,
          method: 'POST',
          path: LOGIN_PATH,
          headers: { 'content-type': 'application/json' },
          body,
          signal: caller.signal,
          events: caller.events,
          read: (answer) => readLogin(answer, facts),
        });
      } catch (error) {
        throw this.#wrongCredentials(error, facts) ?? error;
      }
    });
  }

  #wrongCredentials(error: unknown, facts: RequestFacts): WrongCredentialsError | undefined {
    if (!(error instanceof HttpStatusError) || (error.status !== 401 && error.status !== 403)) return undefined;
    return new WrongCredentialsError(facts, error.status, this.#options.settings.variables);
  }

  /** One sending, under the circuit; a body that cannot be read counts as the sending's failure. */
  async #send<T>(sending: Sending<T>): Promise<T> {
    const { facts, events, signal, read } = sending;
    const run = async (): Promise<T> => {
      const startedAt = performance.now();
      try {
        return read(
          await exchange({ ...sending, path: this.#options.settings.pathPrefix + sending.path }, this.#context()),
        );
      } catch (error) {
        if (error instanceof OvisClientError && !signal.aborted) {
          events.onFailure({ ...facts, errorClass: error.errorClass, durationMs: performance.now() - startedAt });
        }
        throw error;
      }
    };
    return this.#circuit.execute(run, facts, signal);
  }

  #withRetries<T>(
    operation: Operation,
    caller: TokenCaller,
    attempt: (attemptNumber: number) => Promise<T>,
  ): Promise<T> {
    return withRetries(attempt, {
      ...caller,
      options: this.#options.limits,
      budget: this.#budget,
      random: this.#options.random,
      isRetried: (error) => isRetried(error, operation),
    });
  }

  #facts(operation: Operation, attempt: number): RequestFacts {
    return { shard: this.#options.settings.name, operation, attempt };
  }

  #context(): Parameters<typeof exchange>[1] {
    const { limits, clock, userAgent } = this.#options;
    return { dispatcher: this.#pool, limits, clock, userAgent };
  }
}

/** A failed login has had its own retries, and a refused token its one renewal. */
function isRetried(error: ShardError, operation: Operation): boolean {
  return error.operation === operation && error.errorClass !== 'http_401';
}
