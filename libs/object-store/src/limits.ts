import { ObjectStoreOptionError } from './errors.ts';

/** The numbers that shape the store's behaviour, all optional; the README's table says what each one costs. */
export interface ObjectStoreLimits {
  /** Sendings of one request in a row without progress, the first included. Default 5. */
  readonly maxAttempts: number;
  /** The wait before retry n is random between 0 and `retryBaseDelayMs · 2^(n−1)`. Default 250. */
  readonly retryBaseDelayMs: number;
  /** The longest of those waits. Default 20 000. */
  readonly retryMaxDelayMs: number;
  /** The longest wait that a `Retry-After` header is obeyed for. Default 60 000. */
  readonly maxRetryAfterMs: number;
  /** Milliseconds to a connection, TLS included. Default 10 000. */
  readonly connectTimeoutMs: number;
  /** Milliseconds from the request to the last header. Default 30 000. */
  readonly headersTimeoutMs: number;
  /** Milliseconds of waiting in which `minBodyBytes` must come, or the body's end. Default 30 000. */
  readonly bodyTimeoutMs: number;
  /** Bytes that must come in `bodyTimeoutMs` of waiting. Default 64 KiB. */
  readonly minBodyBytes: number;
  /** Connections at a time; every part that is being read holds one. Default 32. */
  readonly maxConnections: number;
  /** Pages after which a listing is taken for endless, a thousand keys each. Default 100 000. */
  readonly maxListingPages: number;
  /** Bytes of a listing's page. Default 16 MiB. */
  readonly maxListingPageBytes: number;
  /** Bytes of a part as it is stored. Default 2 GiB, the contract's maximum. */
  readonly maxPartBytes: number;
  /** Bytes of a part after decompression. Default 32 GiB. */
  readonly maxDecodedBytes: number;
  /** Bytes of a line without its break. Default 1 MiB. */
  readonly maxLineBytes: number;
  /** Bytes of lines after which a group is given out; one line may go beyond. Default 1 MiB. */
  readonly maxGroupBytes: number;
  /** Lines after which a group is given out. Default 5000. */
  readonly maxGroupLines: number;
}

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
/** The longest delay that a Node timer takes. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Default, least and most of each. */
const RANGES: Readonly<Record<keyof ObjectStoreLimits, readonly [fallback: number, min: number, max: number]>> = {
  maxAttempts: [5, 1, 100],
  retryBaseDelayMs: [250, 0, MAX_TIMER_MS],
  retryMaxDelayMs: [20_000, 0, MAX_TIMER_MS],
  maxRetryAfterMs: [60_000, 0, MAX_TIMER_MS],
  connectTimeoutMs: [10_000, 1, MAX_TIMER_MS],
  headersTimeoutMs: [30_000, 1, MAX_TIMER_MS],
  bodyTimeoutMs: [30_000, 1, MAX_TIMER_MS],
  minBodyBytes: [64 * 1024, 1, GIB],
  maxConnections: [32, 1, 10_000],
  maxListingPages: [100_000, 1, 10_000_000],
  maxListingPageBytes: [16 * MIB, 1024, 256 * MIB],
  maxPartBytes: [2 * GIB, 1, 1024 * GIB],
  maxDecodedBytes: [32 * GIB, 1, 1024 * GIB],
  // V8 strings end at 512 Mi characters.
  maxLineBytes: [MIB, 1, 256 * MIB],
  maxGroupBytes: [MIB, 1, 256 * MIB],
  maxGroupLines: [5000, 1, 1_000_000],
};

/**
 * Fills in the defaults.
 *
 * @throws ObjectStoreOptionError for a number outside its range.
 */
export function resolveLimits(options: Partial<ObjectStoreLimits>): ObjectStoreLimits {
  const names = Object.keys(RANGES) as (keyof ObjectStoreLimits)[];
  const entries = names.map((name) => {
    const [fallback, min, max] = RANGES[name];
    const value = options[name] ?? fallback;
    if (Number.isInteger(value) && value >= min && value <= max) return [name, value] as const;
    throw new ObjectStoreOptionError(
      name,
      `is ${typeof value === 'number' ? String(value) : 'no number'}; give a whole number from ${min} to ${max}`,
    );
  });
  return Object.fromEntries(entries) as Record<keyof ObjectStoreLimits, number>;
}
