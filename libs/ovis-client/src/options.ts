import { z } from 'zod';
import type { Clock } from './clock.ts';
import { SettingsError } from './errors.ts';
import type { ClientEvents } from './events.ts';

/** One shard and who logs in to it. */
export interface ShardSettings {
  /** `http:` or `https:`, with an optional path prefix; no user, query or fragment. */
  readonly baseUrl: string;
  readonly username: string;
  readonly password: string;
  /** The environment variable that the user name came from, for the message about wrong credentials. */
  readonly usernameVariable?: string | undefined;
  /** The environment variable that the password came from, for the message about wrong credentials. */
  readonly passwordVariable?: string | undefined;
}

/** The numbers that shape the client's behaviour, all optional; the README's table says what each one costs. */
export interface ClientLimits {
  /** Requests of one shard at a time; also its connections. Default 8. */
  readonly maxRequestsPerShard: number;
  /** Items asked for a page. Default 1000, the contract's maximum. */
  readonly pageSize: number;
  /** Items that a page may hold, whatever was asked for. Default 10 000. */
  readonly maxItemsPerPage: number;
  /** Pages after which a listing is taken for endless. Default 100 000. */
  readonly maxPagesPerListing: number;
  /** Bytes of one response body after decompression. Default 64 MiB. */
  readonly maxResponseBytes: number;
  /** Milliseconds to a connection, TLS included. Default 10 000. */
  readonly connectTimeoutMs: number;
  /** Milliseconds from the request to the last header. Default 30 000. */
  readonly headersTimeoutMs: number;
  /** Milliseconds between two pieces of a body. Default 30 000. */
  readonly bodyTimeoutMs: number;
  /** Milliseconds of one sending as a whole, the body included. Default 120 000. */
  readonly attemptTimeoutMs: number;
  /** Sendings of one request, the first included. Default 5. */
  readonly maxAttempts: number;
  /** The wait before retry n is random between 0 and `retryBaseDelayMs · 2^(n−1)`. Default 250. */
  readonly retryBaseDelayMs: number;
  /** The longest of those waits. Default 20 000. */
  readonly retryMaxDelayMs: number;
  /** The longest wait that a `Retry-After` header is obeyed for. Default 60 000. */
  readonly maxRetryAfterMs: number;
  /** Retries that a shard's budget holds at most and at the start. Default 100. */
  readonly retryBudgetCapacity: number;
  /** Retries that each request adds to the budget. Default 0.5. */
  readonly retryBudgetPerRequest: number;
  /** Retries that each second adds to the budget. Default 2. */
  readonly retryBudgetPerSecond: number;
  /**
   * Failed sendings in a row, over all callers, that open a shard's circuit. Default 50: more than the
   * tries of all requests that run at a time, so that a few customers who always fail do not close off their shard.
   */
  readonly circuitFailures: number;
  /** Milliseconds from an opened circuit to its probe. Default 15 000. */
  readonly circuitOpenMs: number;
  /** Milliseconds that a request may wait for an open circuit before it fails with `circuit_open`. Default 0. */
  readonly circuitMaxWaitMs: number;
  /** Milliseconds before its expiry at which a token is renewed (at most half its life). Default 60 000. */
  readonly tokenRefreshMarginMs: number;
}

/** What a {@link ShardedOvisClient} is made from. */
export interface ShardedOvisClientOptions extends Partial<ClientLimits> {
  /** At least one; no two with the same host and port. */
  readonly shards: readonly ShardSettings[];
  /** Told of every request, retry, login and circuit change. */
  readonly events?: ClientEvents | undefined;
  /** For token expiry and `Retry-After` dates. Default: the machine's clock. */
  readonly clock?: Clock | undefined;
  /** A number in [0, 1) for the jitter of waits. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
  /** The `user-agent` header. Default `ovis-client`. */
  readonly userAgent?: string | undefined;
  /** Shares the requests of a shard with other processes. Default: this process may have `maxRequestsPerShard` under way. */
  readonly requestLimiter?: RequestLimiter | undefined;
}

/** Says how many requests may be under way, where other processes ask the same shards. */
export interface RequestLimiter {
  /** How many of this process may be under way at a shard at the moment: asked before each. No more than `maxRequestsPerShard` ever are. */
  limitOf(shard: string): number;
  /** Called once, by the client that it limits. */
  attach(requests: RequestsUnderWay): void;
}

/** The requests of a client, as its limiter sees them. */
export interface RequestsUnderWay {
  readonly shards: readonly string[];
  count(shard: string): number;
  /** To be called when a limit has become more. */
  look(): void;
}

/** The contract's highest `limit`. */
const MAX_PAGE_SIZE = 1000;
/** The longest delay that a Node timer takes. */
const MAX_TIMER_MS = 2 ** 31 - 1;
const count = (fallback: number, max: number): z.ZodDefault<z.ZodNumber> =>
  z.number().int().min(1).max(max).default(fallback);
const milliseconds = (fallback: number): z.ZodDefault<z.ZodNumber> =>
  z.number().min(1).max(MAX_TIMER_MS).default(fallback);
const orNone = (fallback: number): z.ZodDefault<z.ZodNumber> => z.number().min(0).max(MAX_TIMER_MS).default(fallback);

const limitsSchema: z.ZodType<ClientLimits> = z.object({
  maxRequestsPerShard: count(8, 1000),
  pageSize: count(MAX_PAGE_SIZE, MAX_PAGE_SIZE),
  maxItemsPerPage: count(10_000, 1_000_000),
  maxPagesPerListing: count(100_000, 10_000_000),
  // V8 strings end at 512 Mi characters.
  maxResponseBytes: count(64 * 1024 * 1024, 256 * 1024 * 1024),
  connectTimeoutMs: milliseconds(10_000),
  headersTimeoutMs: milliseconds(30_000),
  bodyTimeoutMs: milliseconds(30_000),
  attemptTimeoutMs: milliseconds(120_000),
  maxAttempts: count(5, 100),
  retryBaseDelayMs: orNone(250),
  retryMaxDelayMs: orNone(20_000),
  maxRetryAfterMs: orNone(60_000),
  retryBudgetCapacity: orNone(100),
  retryBudgetPerRequest: orNone(0.5),
  retryBudgetPerSecond: orNone(2),
  circuitFailures: count(50, 1_000_000),
  circuitOpenMs: milliseconds(15_000),
  circuitMaxWaitMs: orNone(0),
  tokenRefreshMarginMs: orNone(60_000),
});

/**
 * Fills in the defaults.
 * @throws {SettingsError} for a number outside its range.
 */
export function resolveLimits(options: Partial<ClientLimits>): ClientLimits {
  const result = limitsSchema.safeParse(options);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new SettingsError(issue?.path.join('.') ?? 'options', issue?.message ?? 'is not valid');
}

/**
 * Checks the page size of one listing.
 * @throws {SettingsError} unless it is a whole number from 1 to 1000.
 */
export function checkPageSize(pageSize: number): number {
  if (Number.isInteger(pageSize) && pageSize >= 1 && pageSize <= MAX_PAGE_SIZE) return pageSize;
  throw new SettingsError('pageSize', `must be a whole number from 1 to ${MAX_PAGE_SIZE}, not ${pageSize}`);
}

/** A longer cursor could not be sent back in a request line that servers accept. */
const MAX_CURSOR_LENGTH = 4096;

/** Whether a cursor can be sent: 1 to 4096 characters of well-formed text. */
export function isCursor(cursor: string): boolean {
  return cursor.length >= 1 && cursor.length <= MAX_CURSOR_LENGTH && cursor.isWellFormed();
}

/**
 * Checks the cursor that a listing is to start at.
 * @returns null for the beginning.
 * @throws {SettingsError} that does not repeat it.
 */
export function checkCursor(cursor: string | null | undefined): string | null {
  if (cursor === undefined || cursor === null || isCursor(cursor)) return cursor ?? null;
  throw new SettingsError('cursor', `must be the nextCursor of a page: 1 to ${MAX_CURSOR_LENGTH} characters`);
}

/** A shard's settings after the checks. */
export interface ResolvedShard {
  /** Host and port, the port always written. */
  readonly name: string;
  readonly origin: string;
  /** The path prefix of the base URL without a slash at its end; may be empty. */
  readonly pathPrefix: string;
  readonly username: string;
  readonly password: string;
  readonly variables: readonly string[];
}

/**
 * Checks and names the shards.
 * @throws {SettingsError} naming the shard by its position; a base URL is not repeated, for it may hold a secret.
 */
export function resolveShards(shards: readonly ShardSettings[]): readonly ResolvedShard[] {
  if (!Array.isArray(shards) || shards.length === 0)
    throw new SettingsError('shards', 'is empty; give at least one shard');
  const names = new Set<string>();
  return shards.map((shard, index) => {
    const resolved = resolveShard(shard, `shards[${index}]`);
    if (names.has(resolved.name)) {
      throw new SettingsError(
        `shards[${index}].baseUrl`,
        `names "${resolved.name}" a second time; give each shard once`,
      );
    }
    names.add(resolved.name);
    return resolved;
  });
}

function resolveShard(shard: ShardSettings, option: string): ResolvedShard {
  const url = URL.parse(shard.baseUrl);
  const usable = url !== null && (url.protocol === 'http:' || url.protocol === 'https:');
  if (!usable) throw new SettingsError(`${option}.baseUrl`, 'is no URL that begins with http:// or https://');
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new SettingsError(`${option}.baseUrl`, 'holds a user, a query or a fragment; give the address only');
  }
  for (const field of ['username', 'password'] as const) {
    if (typeof shard[field] !== 'string' || shard[field] === '') {
      const variable = shard[`${field}Variable`];
      throw new SettingsError(`${option}.${field}`, `is empty${variable === undefined ? '' : `; set ${variable}`}`);
    }
  }
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  return {
    name: `${url.hostname}:${port}`,
    origin: url.origin,
    pathPrefix: url.pathname.replace(/\/+$/, ''),
    username: shard.username,
    password: shard.password,
    variables: [shard.usernameVariable, shard.passwordVariable].filter((variable) => variable !== undefined),
  };
}
