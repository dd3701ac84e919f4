import { sleep } from '../abort.ts';
import type { ListOptions, OvisClient, Page } from '../client.ts';
import {
  ClientClosedError,
  HttpStatusError,
  type ListOperation,
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
}

/** What a {@link StubbedOvisClient} is made from. */
export interface StubbedOvisClientOptions {
  /** By shard name; the order of the keys is the order of `shards`. */
  readonly shards: Readonly<Record<string, StubbedShard>>;
  /** Items of a page, 1 to 1000, where a listing does not say. Default 1000. */
  readonly pageSize?: number;
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

/** Which pages fail, and how. What is left out matches everything. */
export interface StubbedFailure {
  readonly operation?: ListOperation;
  readonly shard?: string;
  readonly customerId?: string;
  /** The page of the listing by its position, from 1, counted from where the listing started. */
  readonly page?: number;
  /** How often it fails; then it works. Default 1; Infinity for always. */
  readonly times?: number;
  /** The status to fail with as the real client does after its retries, or the error itself. */
  readonly with: number | Error;
}

interface Source {
  readonly operation: ListOperation;
  readonly shard: string;
  readonly customerId: string | null;
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

  async close(): Promise<void> {
    this.#closed.abort(new ClientClosedError());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #list(source: Source, options: ListOptions): AsyncIterable<Page> {
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
        this.#calls.push({ ...source, cursor, pageSize });
        if (this.#options.latencyMs !== undefined) await sleep(this.#options.latencyMs, signal);
        return this.#answer(source, { cursor, pageSize, position }, events);
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
    const error = this.#failureFor(source, asked.position, facts);
    if (error !== undefined) {
      if (error instanceof OvisClientError) {
        events.onFailure({ ...facts, errorClass: error.errorClass, durationMs: 0 });
      }
      throw error;
    }
    const content = this.#cut(source, asked.cursor, asked.pageSize, facts);
    const text = JSON.stringify(content);
    const bytes = Buffer.byteLength(text);
    events.onResponse({ ...facts, status: 200, durationMs: 0, bytes, encodedBytes: bytes });
    const { items } = parseJson(text) as typeof content;
    return { cursor: asked.cursor, items, nextCursor: content.nextCursor, bytes };
  }

  #failureFor(source: Source, position: number, facts: RequestFacts): Error | undefined {
    const match = this.#failures.find(
      ({ failure, left }) =>
        left > 0 &&
        (failure.operation ?? source.operation) === source.operation &&
        (failure.shard ?? source.shard) === source.shard &&
        (failure.customerId ?? source.customerId) === source.customerId &&
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
    const { hierarchy = {}, deviceStates = {} } = shard;
    const listed = source.operation === 'listHierarchy' ? hierarchy : deviceStates;
    if (Object.hasOwn(listed, customerId)) return listed[customerId] ?? [];
    const known =
      Object.hasOwn(hierarchy, customerId) ||
      Object.hasOwn(deviceStates, customerId) ||
      (shard.customers ?? []).some((customer) => idOf(customer) === customerId);
    if (known) return [];
    throw new HttpStatusError(facts, 404);
  }
}

function keyOf({ operation, shard, customerId }: Source): string {
  return JSON.stringify([operation, shard, customerId]);
}

function idOf(customer: unknown): unknown {
  return typeof customer === 'object' && customer !== null && 'customerId' in customer
    ? customer.customerId
    : undefined;
}
