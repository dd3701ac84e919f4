import { sleep } from '../abort.ts';
import type { Answer, ListOptions, OvisClient, Page, RequestOptions } from '../client.ts';
import { type AggregateQuestion, checkQuestion } from '../daily-aggregates.ts';
import {
  ClientClosedError,
  HttpStatusError,
  InvalidDeviceIdError,
  type ListOperation,
  type Operation,
  OvisClientError,
  type RequestFacts,
  UnknownShardError,
} from '../errors.ts';
import { type ClientEvents, type EventSink, eventSink } from '../events.ts';
import { listPages } from '../list-pages.ts';
import { checkCursor, checkPageSize } from '../options.ts';
import { parseJson } from '../parse-json.ts';
import { pathSegment } from '../request-path.ts';

/** What a stubbed shard holds: JSON values, in the order in which they are listed. */
export interface StubbedShard {
  readonly customers?: readonly unknown[];
  /** Nodes by customer id. */
  readonly hierarchy?: Readonly<Record<string, readonly unknown[]>>;
  /** Device states by customer id. */
  readonly deviceStates?: Readonly<Record<string, readonly unknown[]>>;
  /** Daily aggregates by customer id, of all metrics and days: the question picks from them by `metric`, `date` and `deviceId`. */
  readonly dailyAggregates?: Readonly<Record<string, readonly unknown[]>>;
}

/** What a {@link StubbedOvisClient} is made from. */
export interface StubbedOvisClientOptions {
  /** By shard name; the order of the keys is the order of `shards`. */
  readonly shards: Readonly<Record<string, StubbedShard>>;
  /** Items of a page, 1 to 1000, where a listing does not say. Default 1000. */
  readonly pageSize?: number;
  /** Items that a shard sends in a page at most, whatever is asked for. Default 1000. */
  readonly maxPageSize?: number;
  /** How long each page takes, in milliseconds. Default 0: at once. */
  readonly latencyMs?: number;
  /** Told of requests, responses and failures, as by the real client. */
  readonly events?: ClientEvents;
}

/** A page that was asked for. */
export interface StubbedCall {
  readonly operation: ListOperation;
  readonly shard: string;
  /** Null for `listCustomers`. */
  readonly customerId: string | null;
  /** Null for the first page. */
  readonly cursor: string | null;
  readonly pageSize: number;
}

/** A device's aggregate that was asked for. */
export interface StubbedDeviceCall extends AggregateQuestion {
  readonly shard: string;
  readonly deviceId: string;
}

/** Which pages fail, and how. What is left out matches everything. */
export interface StubbedFailure {
  readonly operation?: Exclude<Operation, 'login'>;
  readonly shard?: string;
  readonly customerId?: string;
  /** Of `getDeviceDailyAggregate`. */
  readonly deviceId?: string;
  /** Of aggregates. */
  readonly metric?: AggregateQuestion['metric'];
  /** The page of the listing by its position, from 1, counted from where the listing started. */
  readonly page?: number;
  /** How often it fails; then it works. Default 1; Infinity for always. */
  readonly times?: number;
  /** The status to fail with as the real client does after its retries, or the error itself. */
  readonly with: number | Error;
}

interface Source {
  readonly operation: Exclude<Operation, 'login'>;
  readonly shard: string;
  readonly customerId: string | null;
  readonly deviceId?: string;
  readonly question?: AggregateQuestion;
}

interface ListSource extends Source {
  readonly operation: ListOperation;
}

/**
 * An {@link OvisClient} in memory, without network and retries, for tests of code that reads the API. Pages are cut,
 * prefetched, resumed and ended as by the real one, and items pass through JSON text, so that nothing is shared with the
 * test. A customer that it was not told of answers 404; one that it knows of, an empty page.
 */
export class StubbedOvisClient implements OvisClient {
  readonly shards: readonly string[];
  readonly #options: StubbedOvisClientOptions;
  readonly #pages = new Map<string, readonly (readonly unknown[])[]>();
  readonly #failures: { readonly failure: StubbedFailure; left: number }[] = [];
  readonly #calls: StubbedCall[] = [];
  readonly #deviceCalls: StubbedDeviceCall[] = [];
  readonly #closed = new AbortController();

  /** @throws {SettingsError} for a bad page size. */
  constructor(options: StubbedOvisClientOptions) {
    checkPageSize(options.pageSize ?? 1000);
    this.#options = options;
    this.shards = Object.keys(options.shards);
  }

  /** Every page that was asked for, in order; prefetched ones too. */
  get calls(): readonly StubbedCall[] {
    return this.#calls;
  }

  /** Devices' aggregates that were asked for, in order. */
  get deviceCalls(): readonly StubbedDeviceCall[] {
    return this.#deviceCalls;
  }

  /** Gives a listing exactly these pages, empty ones too, whatever page size is asked for. */
  setPages(
    operation: ListOperation,
    shard: string,
    customerId: string | null,
    pages: readonly (readonly unknown[])[],
  ): void {
    this.#pages.set(keyOf({ operation, shard, customerId }), pages);
  }

  /** Makes pages fail. The first failure that matches and has times left is taken. */
  fail(failure: StubbedFailure): void {
    this.#failures.push({ failure, left: failure.times ?? 1 });
  }

  listCustomers(shard: string, options: ListOptions = {}): AsyncIterable<Page> {
    return this.#list({ operation: 'listCustomers', shard, customerId: null }, options);
  }

  listHierarchy(shard: string, customerId: string, options: ListOptions = {}): AsyncIterable<Page> {
    return this.#list({ operation: 'listHierarchy', shard, customerId }, options);
  }

  listDeviceStates(shard: string, customerId: string, options: ListOptions = {}): AsyncIterable<Page> {
    return this.#list({ operation: 'listDeviceStates', shard, customerId }, options);
  }

  listCustomerDailyAggregates(
    shard: string,
    customerId: string,
    question: AggregateQuestion,
    options: ListOptions = {},
  ): AsyncIterable<Page> {
    checkQuestion(question);
    return this.#list({ operation: 'listCustomerDailyAggregates', shard, customerId, question }, options);
  }

  async getDeviceDailyAggregate(
    shard: string,
    deviceId: string,
    question: AggregateQuestion,
    options: RequestOptions = {},
  ): Promise<Answer | null> {
    if (!this.shards.includes(shard)) throw new UnknownShardError(shard, this.shards);
    checkQuestion(question);
    pathSegment(deviceId, InvalidDeviceIdError);
    this.#deviceCalls.push({ shard, deviceId, ...question });
    options.signal?.throwIfAborted();
    this.#closed.signal.throwIfAborted();
    const source: Source = { operation: 'getDeviceDailyAggregate', shard, customerId: null, deviceId, question };
    const facts: RequestFacts = { shard, operation: source.operation, attempt: 1 };
    const events = eventSink(this.#options.events, options.events);
    events.onRequest(facts);
    this.#failIfTold(source, 1, facts, events);
    const all = Object.values(this.#options.shards[shard]?.dailyAggregates ?? {}).flat();
    const found = picked(all, question).find((item) => fieldOf(item, 'deviceId') === deviceId);
    if (found === undefined) return null;
    const text = JSON.stringify(found);
    const bytes = Buffer.byteLength(text);
    events.onResponse({ ...facts, status: 200, durationMs: 0, bytes, encodedBytes: bytes });
    return { item: parseJson(text), bytes };
  }

  async close(): Promise<void> {
    this.#closed.abort(new ClientClosedError());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #list(source: ListSource, options: ListOptions): AsyncIterable<Page> {
    if (!this.shards.includes(source.shard)) throw new UnknownShardError(source.shard, this.shards);
    if (source.customerId !== null) pathSegment(source.customerId);
    const pageSize = checkPageSize(options.pageSize ?? this.#options.pageSize ?? 1000);
    const events = eventSink(this.#options.events, options.events);
    return listPages({
      facts: { shard: source.shard, operation: source.operation },
      start: checkCursor(options.cursor),
      maxPages: 100_000,
      signals: [this.#closed.signal, ...(options.signal === undefined ? [] : [options.signal])],
      fetchPage: async (cursor, signal, position) => {
        const { operation, shard, customerId } = source;
        this.#calls.push({ operation, shard, customerId, cursor, pageSize });
        if (this.#options.latencyMs !== undefined) await sleep(this.#options.latencyMs, signal);
        const { maxPageSize = pageSize } = this.#options;
        return this.#answer(source, { cursor, pageSize: Math.min(pageSize, maxPageSize), position }, events);
      },
    });
  }

  #answer(
    source: Source,
    asked: { readonly cursor: string | null; readonly pageSize: number; readonly position: number },
    events: EventSink,
  ): Page {
    const facts: RequestFacts = { shard: source.shard, operation: source.operation, attempt: 1 };
    events.onRequest(facts);
    this.#failIfTold(source, asked.position, facts, events);
    const content = this.#cut(source, asked.cursor, asked.pageSize, facts);
    const text = JSON.stringify(content);
    const bytes = Buffer.byteLength(text);
    events.onResponse({ ...facts, status: 200, durationMs: 0, bytes, encodedBytes: bytes });
    const { items } = parseJson(text) as typeof content;
    return { cursor: asked.cursor, items, nextCursor: content.nextCursor, bytes };
  }

  #failIfTold(source: Source, position: number, facts: RequestFacts, events: EventSink): void {
    const error = this.#failureFor(source, position, facts);
    if (error instanceof OvisClientError) {
      events.onFailure({ ...facts, errorClass: error.errorClass, durationMs: 0 });
    }
    if (error !== undefined) throw error;
  }

  #failureFor(source: Source, position: number, facts: RequestFacts): Error | undefined {
    const match = this.#failures.find(
      ({ failure, left }) =>
        left > 0 &&
        (failure.operation ?? source.operation) === source.operation &&
        (failure.shard ?? source.shard) === source.shard &&
        (failure.customerId ?? source.customerId) === source.customerId &&
        (failure.deviceId ?? source.deviceId) === source.deviceId &&
        (failure.metric ?? source.question?.metric) === source.question?.metric &&
        (failure.page ?? position) === position,
    );
    if (match === undefined) return undefined;
    match.left--;
    const { with: kind } = match.failure;
    return typeof kind === 'number' ? new HttpStatusError(facts, kind) : kind;
  }

  #cut(
    source: Source,
    cursor: string | null,
    pageSize: number,
    facts: RequestFacts,
  ): { readonly items: readonly unknown[]; readonly nextCursor: string | null } {
    const start = Number(cursor?.replace(/^stub-/, '') ?? 0);
    if (!Number.isInteger(start)) throw new HttpStatusError(facts, 400);
    const pages = this.#pages.get(keyOf(source));
    const length = pages === undefined ? pageSize : 1;
    const items = pages === undefined ? this.#itemsOf(source, facts) : pages;
    const shown = items.slice(start, start + length);
    const nextCursor = start + length < items.length ? `stub-${start + length}` : null;
    return { items: pages === undefined ? shown : shown.flat(), nextCursor };
  }

  #itemsOf(source: Source, facts: RequestFacts): readonly unknown[] {
    const shard = this.#options.shards[source.shard] ?? {};
    const { customerId } = source;
    if (customerId === null) return shard.customers ?? [];
    const { hierarchy = {}, deviceStates = {}, dailyAggregates = {} } = shard;
    const byOperation = {
      listHierarchy: hierarchy,
      listDeviceStates: deviceStates,
      listCustomerDailyAggregates: dailyAggregates,
    } as Readonly<Record<string, Readonly<Record<string, readonly unknown[]>>>>;
    const listed = byOperation[source.operation] ?? {};
    if (Object.hasOwn(listed, customerId)) return picked(listed[customerId] ?? [], source.question);
    const known =
      [hierarchy, deviceStates, dailyAggregates].some((listing) => Object.hasOwn(listing, customerId)) ||
      (shard.customers ?? []).some((customer) => idOf(customer) === customerId);
    if (known) return [];
    throw new HttpStatusError(facts, 404);
  }
}

function keyOf({ operation, shard, customerId }: Source): string {
  return JSON.stringify([operation, shard, customerId]);
}

function idOf(customer: unknown): unknown {
  return fieldOf(customer, 'customerId');
}

function fieldOf(item: unknown, name: string): unknown {
  return typeof item === 'object' && item !== null ? (item as Readonly<Record<string, unknown>>)[name] : undefined;
}

/** Of aggregates, those that answer the question. */
function picked(items: readonly unknown[], question: AggregateQuestion | undefined): readonly unknown[] {
  if (question === undefined) return items;
  return items.filter((item) => fieldOf(item, 'metric') === question.metric && fieldOf(item, 'date') === question.date);
}
