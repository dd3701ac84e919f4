import type { Answer, ListOptions, OvisClient, Page, RequestOptions } from './client.ts';
import { systemClock } from './clock.ts';
import { type AggregateQuestion, checkQuestion } from './daily-aggregates.ts';
import { linkSignals } from './abort.ts';
import { ClientClosedError, type ListOperation, UnknownShardError } from './errors.ts';
import { type EventSink, eventSink } from './events.ts';
import { listPages } from './list-pages.ts';
import {
  checkCursor,
  checkPageSize,
  type ClientLimits,
  resolveLimits,
  resolveShards,
  type ShardedOvisClientOptions,
} from './options.ts';
import { customerPath, customersPath, deviceAggregatePath } from './request-path.ts';
import { Shard } from './shard.ts';

/** Reads the shards over HTTP. Make one for a process: it holds the connections, tokens, budgets and circuits. */
export class ShardedOvisClient implements OvisClient {
  readonly shards: readonly string[];
  readonly #shards: ReadonlyMap<string, Shard>;
  readonly #limits: ClientLimits;
  readonly #events: EventSink;
  readonly #options: ShardedOvisClientOptions;
  readonly #closed = new AbortController();
  #closing: Promise<void> | undefined;

  /**
   * Opens no connection yet.
   * @throws {SettingsError} for a missing or bad option.
   */
  constructor(options: ShardedOvisClientOptions) {
    this.#options = options;
    this.#limits = resolveLimits(options);
    this.#events = eventSink(options.events);
    const settings = resolveShards(options.shards);
    this.#shards = new Map(
      settings.map((shard) => [
        shard.name,
        new Shard({
          settings: shard,
          limits: this.#limits,
          clock: options.clock ?? systemClock,
          random: options.random ?? Math.random,
          userAgent: options.userAgent ?? 'ovis-client',
          events: this.#events,
          closed: this.#closed.signal,
          requestLimiter: options.requestLimiter,
        }),
      ]),
    );
    this.shards = [...this.#shards.keys()];
    options.requestLimiter?.attach({
      shards: this.shards,
      count: (name) => this.#shardOf(name).requests,
      look: () => {
        for (const shard of this.#shards.values()) shard.look();
      },
    });
  }

  listCustomers(shard: string, options: ListOptions = {}): AsyncIterable<Page> {
    return this.#list('listCustomers', shard, customersPath(), options);
  }

  listHierarchy(shard: string, customerId: string, options: ListOptions = {}): AsyncIterable<Page> {
    return this.#list('listHierarchy', shard, customerPath(customerId, 'hierarchy'), options);
  }

  listDeviceStates(shard: string, customerId: string, options: ListOptions = {}): AsyncIterable<Page> {
    return this.#list('listDeviceStates', shard, customerPath(customerId, 'device-states'), options);
  }

  listCustomerDailyAggregates(
    shard: string,
    customerId: string,
    question: AggregateQuestion,
    options: ListOptions = {},
  ): AsyncIterable<Page> {
    const path = customerPath(customerId, 'daily-aggregates');
    return this.#list('listCustomerDailyAggregates', shard, path, options, checkQuestion(question));
  }

  async getDeviceDailyAggregate(
    shard: string,
    deviceId: string,
    question: AggregateQuestion,
    options: RequestOptions = {},
  ): Promise<Answer | null> {
    checkQuestion(question);
    // Refuses a bad id before anything is sent.
    deviceAggregatePath(deviceId, question);
    const linked = linkSignals(this.#closed.signal, ...(options.signal === undefined ? [] : [options.signal]));
    try {
      const caller = { signal: linked.signal, events: this.#eventsOf(options) };
      return await this.#shardOf(shard).fetchDeviceAggregate(deviceId, question, caller);
    } finally {
      linked.release();
    }
  }

  async close(): Promise<void> {
    const reason = new ClientClosedError();
    this.#closed.abort(reason);
    this.#closing ??= Promise.all([...this.#shards.values()].map((shard) => shard.close(reason))).then(() => undefined);
    await this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #shardOf(name: string): Shard {
    const shard = this.#shards.get(name);
    if (shard === undefined) throw new UnknownShardError(name, this.shards);
    return shard;
  }

  #eventsOf({ events }: RequestOptions): EventSink {
    return events === undefined ? this.#events : eventSink(this.#options.events, events);
  }

  #list(
    operation: ListOperation,
    shardName: string,
    path: string,
    options: ListOptions,
    question: AggregateQuestion | null = null,
  ): AsyncIterable<Page> {
    const shard = this.#shardOf(shardName);
    const limit = checkPageSize(options.pageSize ?? this.#limits.pageSize);
    const events = this.#eventsOf(options);
    return listPages({
      facts: { shard: shardName, operation },
      start: checkCursor(options.cursor),
      maxPages: this.#limits.maxPagesPerListing,
      signals: [this.#closed.signal, ...(options.signal === undefined ? [] : [options.signal])],
      fetchPage: (cursor, signal) => shard.fetchPage({ operation, path, limit, cursor, question, signal, events }),
    });
  }
}
