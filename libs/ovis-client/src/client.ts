import type { AggregateQuestion } from './daily-aggregates.ts';
import type { ClientEvents } from './events.ts';

/** One page of a listing, in the order in which the shard sent its items. */
export interface Page {
  /** The cursor that this page was asked for with; null for the first page of a listing. */
  readonly cursor: string | null;
  /** What the shard sent, unchecked: may be empty while `nextCursor` is set. Integers beyond ±(2^53 − 1) are strings. */
  readonly items: readonly unknown[];
  /** Where the next page begins; null on the last page. Opaque: keep it only while the work is open, never log it. */
  readonly nextCursor: string | null;
  /** Bytes of the response body after decompression. */
  readonly bytes: number;
}

/** What may be set for one listing. */
export interface ListOptions {
  /** Where to start: a `nextCursor` of an earlier listing of the same kind, or null (default) for the beginning. */
  readonly cursor?: string | null | undefined;
  /** Items asked for a page, 1 to 1000; the shard may send fewer. Default: the client's `pageSize`. */
  readonly pageSize?: number | undefined;
  /** Ends the listing at once, waits and running requests included; the iteration rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Told of the requests of this listing (and of a login that it started), besides the client's own events. */
  readonly events?: ClientEvents | undefined;
}

/** What may be set for one request that is no listing. */
export type RequestOptions = Pick<ListOptions, 'signal' | 'events'>;

/** One item that was asked for by itself, unchecked. */
export interface Answer {
  readonly item: unknown;
  /** Bytes of the response body after decompression. */
  readonly bytes: number;
}

/**
 * Reads the sharded Ovis API. Every listing is an `AsyncIterable` of pages that may be iterated more than once (each
 * iteration starts anew). The next page is asked for while the present one is worked on, and no further ahead; leaving
 * the loop cancels it.
 */
export interface OvisClient extends AsyncDisposable {
  /** The names of the shards (`host:port`), in configured order. */
  readonly shards: readonly string[];
  /**
   * The customers that live on a shard.
   * @throws {UnknownShardError} at once, if `shard` is none of `shards`.
   */
  listCustomers(shard: string, options?: ListOptions): AsyncIterable<Page>;
  /**
   * Buildings, floors, rooms and thermostats of a customer as a flat list; a parent may come after its child.
   * @throws {UnknownShardError} at once, if `shard` is none of `shards`.
   * @throws {InvalidCustomerIdError} at once, if the id cannot be one segment of a path.
   */
  listHierarchy(shard: string, customerId: string, options?: ListOptions): AsyncIterable<Page>;
  /**
   * The last update of each device of a customer. A device may appear on two pages while devices are moved.
   * @throws {UnknownShardError} at once, if `shard` is none of `shards`.
   * @throws {InvalidCustomerIdError} at once, if the id cannot be one segment of a path.
   */
  listDeviceStates(shard: string, customerId: string, options?: ListOptions): AsyncIterable<Page>;
  /**
   * One metric of one day for all devices of a customer. A shard may refuse it: see `readDailyAggregates`, which then asks device by device.
   * @throws {UnknownShardError, InvalidCustomerIdError, InvalidQuestionError} at once.
   */
  listCustomerDailyAggregates(
    shard: string,
    customerId: string,
    question: AggregateQuestion,
    options?: ListOptions,
  ): AsyncIterable<Page>;
  /**
   * One metric of one day of one device.
   * @returns null if the device reported nothing on that day.
   * @throws {UnknownShardError, InvalidDeviceIdError, InvalidQuestionError} before anything is sent.
   */
  getDeviceDailyAggregate(
    shard: string,
    deviceId: string,
    question: AggregateQuestion,
    options?: RequestOptions,
  ): Promise<Answer | null>;
  /** Ends every running request with a {@link ClientClosedError} and closes the connections. May be called again. */
  close(): Promise<void>;
}
