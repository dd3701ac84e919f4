import type { Answer, ListOptions, OvisClient } from './client.ts';
import type { AggregateQuestion } from './daily-aggregates.ts';
import { HttpStatusError, InvalidAnswerError, OvisClientError, ShardError } from './errors.ts';

/**
 * Where reading goes on: at a page of the customer-level listing, or device by device behind the device named (null: from the first).
 * Plain JSON, made to be kept while the work is open.
 */
export type AggregatePosition =
  | { readonly level: 'customer'; readonly cursor: string | null }
  | { readonly level: 'device'; readonly after: string | null };

/** Why devices are asked one by one: the class of the error that the customer-level call ended with. */
export interface AggregateFallback {
  readonly errorClass: string;
  /** Whether part of the listing had come. */
  readonly isPartial: boolean;
}

/** Some aggregates of a customer. */
export interface AggregatePage {
  /** Which call they came from. */
  readonly level: AggregatePosition['level'];
  /** What the shard sent, unchecked. */
  readonly items: readonly unknown[];
  readonly bytes: number;
  /** Devices that reported nothing on that day, where devices were asked one by one. */
  readonly silentDevices: number;
  /** Where to go on; null at the end. */
  readonly next: AggregatePosition | null;
}

/** What {@link readDailyAggregates} needs. */
export interface ReadAggregatesOptions extends Pick<ListOptions, 'pageSize' | 'signal' | 'events'> {
  readonly client: OvisClient;
  readonly shard: string;
  readonly customerId: string;
  readonly question: AggregateQuestion;
  /** Where to begin; `{ level: 'device', after: null }` where it is known that the shard refuses. Default: the customer-level listing. */
  readonly start?: AggregatePosition;
  /** Gives the ids of the customer's devices; asked for once, and only when they are needed. */
  readonly deviceIds: () => Promise<readonly string[]>;
  /** Reads the device's id from an item, to know what is missing when a listing breaks off; null if it has none. */
  readonly deviceIdOf: (item: unknown) => string | null;
  /** Told when devices begin to be asked one by one. */
  readonly onFallback?: (fallback: AggregateFallback) => void;
  /** Devices that are asked for at the same time: fewer than the shard's requests, so that other customers get on. Default: 4. */
  readonly deviceRequests?: number;
}

/** The shard does not aggregate for this customer or metric, or not now: 503 and 504 come here after the client's retries. */
const REFUSALS: ReadonlySet<number> = new Set([404, 405, 413, 501, 503, 504]);
/** Failures of the shard, whatever it is asked. */
export const SHARD_FAILURES: ReadonlySet<string> = new Set([
  'circuit_open',
  'wrong_credentials',
  'network',
  'tls',
  'client_closed',
]);
const DEFAULT_DEVICE_REQUESTS = 4;
const DEVICES_PER_PAGE = 200;
/** Failures in a row after which the rest is not asked for: then it is no matter of single devices. */
const MOST_FAILURES = 10;

/**
 * Reads one metric of one day for all devices of a customer: by the customer-level listing, and where the shard refuses that, or the
 * listing breaks off in the middle, device by device for what is missing. A single device that fails does not keep the others back; the
 * first such failure is thrown at the end.
 *
 * @throws what the client throws, when it is no refusal.
 */
export async function* readDailyAggregates(
  options: ReadAggregatesOptions,
): AsyncGenerator<AggregatePage, void, undefined> {
  const start = options.start ?? { level: 'customer', cursor: null };
  if (start.level === 'device') return yield* readDevices(options, start.after, new Set());
  const seen = new Set<string>();
  const fallback = yield* readListing(options, start.cursor, seen);
  if (fallback === null) return;
  options.onFallback?.(fallback);
  yield* readDevices(options, null, seen);
}

/** @returns why it did not come to its end, or null. */
async function* readListing(
  options: ReadAggregatesOptions,
  cursor: string | null,
  seen: Set<string>,
): AsyncGenerator<AggregatePage, AggregateFallback | null, undefined> {
  const { client, shard, customerId, question, pageSize, signal, events } = options;
  let pages = 0;
  try {
    const listing = client.listCustomerDailyAggregates(shard, customerId, question, {
      cursor,
      pageSize,
      signal,
      events,
    });
    for await (const { items, bytes, nextCursor } of listing) {
      pages += 1;
      for (const item of items) {
        const deviceId = options.deviceIdOf(item);
        if (deviceId !== null) seen.add(deviceId);
      }
      const next: AggregatePosition | null = nextCursor === null ? null : { level: 'customer', cursor: nextCursor };
      yield { level: 'customer', items, bytes, silentDevices: 0, next };
    }
    return null;
  } catch (error) {
    signal?.throwIfAborted();
    const isPartial = pages > 0 || cursor !== null;
    if (isRefusal(error) || (isPartial && isBreak(error))) return { errorClass: error.errorClass, isPartial };
    throw error;
  }
}

function isRefusal(error: unknown): error is OvisClientError {
  return error instanceof HttpStatusError && REFUSALS.has(error.status);
}

/** A later page of the listing cannot be had, while the shard itself answers. */
function isBreak(error: unknown): error is OvisClientError {
  return error instanceof ShardError && !SHARD_FAILURES.has(error.errorClass);
}

async function* readDevices(
  options: ReadAggregatesOptions,
  after: string | null,
  seen: ReadonlySet<string>,
): AsyncGenerator<AggregatePage, void, undefined> {
  const ids = [...new Set(await options.deviceIds())].toSorted();
  const wanted = ids.filter((id) => (after === null || id > after) && !seen.has(id));
  const failures = new Failures();
  /** Behind the last device before which nothing failed. */
  let reached = after;
  for (let from = 0; from === 0 || from < wanted.length; from += DEVICES_PER_PAGE) {
    const asked = wanted.slice(from, from + DEVICES_PER_PAGE);
    const { answers, silentDevices } = await askDevices(options, asked, failures);
    if (failures.first === null) reached = asked.at(-1) ?? reached;
    const isDone = from + DEVICES_PER_PAGE >= wanted.length && failures.first === null;
    yield {
      level: 'device',
      items: answers.map(({ item }) => item),
      bytes: answers.reduce((sum, { bytes }) => sum + bytes, 0),
      silentDevices,
      next: isDone ? null : { level: 'device', after: reached },
    };
    if (failures.areHopeless) break;
  }
  if (failures.first !== null) throw failures.first;
}

interface DeviceAnswers {
  readonly answers: readonly Answer[];
  readonly silentDevices: number;
}

/** Asks for several devices at a time, in the order given, until it is hopeless. */
async function askDevices(
  options: ReadAggregatesOptions,
  deviceIds: readonly string[],
  failures: Failures,
): Promise<DeviceAnswers> {
  const { client, shard, question, signal, events, deviceRequests = DEFAULT_DEVICE_REQUESTS } = options;
  const facts = { shard, operation: 'getDeviceDailyAggregate', attempt: 1 } as const;
  const answers: Answer[] = [];
  let silentDevices = 0;
  const left = deviceIds.values();
  const work = async (): Promise<void> => {
    for (const deviceId of left) {
      if (failures.areHopeless) return;
      try {
        const answer = await client.getDeviceDailyAggregate(shard, deviceId, question, { signal, events });
        if (answer !== null && options.deviceIdOf(answer.item) !== deviceId) {
          throw new InvalidAnswerError(facts, 'invalid_aggregate', 'the answer is about another device');
        }
        failures.end();
        if (answer === null) silentDevices += 1;
        else answers.push(answer);
      } catch (error) {
        signal?.throwIfAborted();
        if (!(error instanceof OvisClientError)) throw error;
        failures.add(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(deviceRequests, deviceIds.length) }, work));
  return { answers, silentDevices };
}

/** What failed of single devices. */
class Failures {
  first: OvisClientError | null = null;
  /** Whether it is no matter of single devices any more: the others would fail as well. */
  areHopeless = false;
  #inARow = 0;

  add(error: OvisClientError): void {
    this.first ??= error;
    this.#inARow += 1;
    if (this.#inARow >= MOST_FAILURES || SHARD_FAILURES.has(error.errorClass)) this.areHopeless = true;
  }

  /** A device was answered. */
  end(): void {
    this.#inARow = 0;
  }
}
