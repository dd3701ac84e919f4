import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { linkSignals, sleep } from '../abort.ts';
import {
  MissingObjectError,
  ObjectChangedError,
  PartLimitError,
  type Operation,
  type RequestFacts,
  StoreClosedError,
} from '../errors.ts';
import {
  gatherFolders,
  noCounts,
  type EvaluationFolder,
  type EvaluationPart,
  type ListedObject,
  type ListingCounts,
} from '../evaluation-folder.ts';
import { type EventSink, eventSink, type ObjectStoreEvents } from '../events.ts';
import { resolveLimits, type ObjectStoreLimits } from '../limits.ts';
import type { LineGroup } from '../line-group.ts';
import type { AskOptions, FolderListing, ObjectStore, ReadPartOptions } from '../object-store.ts';
import { lineLimits, readLines } from '../read-lines.ts';
import { checkFolder } from '../object-key.ts';

/** What a {@link StubbedObjectStore} is made from. The limits of lines and groups are those of the real store. */
export interface StubbedObjectStoreOptions extends Partial<ObjectStoreLimits> {
  /** Default `battery-eval-results`. */
  readonly bucket?: string;
  /** How long each page of a listing and each start of a reading takes, in milliseconds. Default 0: at once. */
  readonly latencyMs?: number;
  /** Told of requests, responses and failures, as by the real store. */
  readonly events?: ObjectStoreEvents;
}

/** Something that was asked for. */
export interface StubbedStoreCall {
  readonly operation: Operation;
  /** The part's key; of a listing, its prefix. */
  readonly key: string;
  /** Where a reading went on; 0 for the beginning, and for a listing. */
  readonly afterLine: number;
}

/** Which calls fail, and how. What is left out matches everything. */
export interface StubbedStoreFailure {
  readonly operation?: Operation;
  /** The part's key; of a listing, its prefix. */
  readonly key?: string;
  /** Bytes, as stored, that a reading gets first. Default 0. */
  readonly afterBytes?: number;
  /** How often it fails; then it works. Default 1; Infinity for always. */
  readonly times?: number;
  readonly with: Error;
}

interface Stored extends ListedObject {
  readonly content: Buffer;
}

const PIECE_BYTES = 16 * 1024;

/**
 * An {@link ObjectStore} in memory, without network and retries, for tests of code that reads results. Folders are gathered and
 * lines are cut, parsed and resumed by the real store's own code.
 */
export class StubbedObjectStore implements ObjectStore {
  readonly bucket: string;
  readonly #limits: ObjectStoreLimits;
  readonly #latencyMs: number;
  readonly #events: ObjectStoreEvents | undefined;
  readonly #objects = new Map<string, Stored>();
  readonly #failures: { readonly failure: StubbedStoreFailure; left: number }[] = [];
  readonly #calls: StubbedStoreCall[] = [];
  readonly #closed = new AbortController();

  /** @throws ObjectStoreOptionError for a number outside its range. */
  constructor({ bucket = 'battery-eval-results', latencyMs = 0, events, ...limits }: StubbedObjectStoreOptions = {}) {
    this.bucket = bucket;
    this.#limits = resolveLimits(limits);
    this.#latencyMs = latencyMs;
    this.#events = events;
  }

  /** Every page that was listed and every reading that was begun, in order. */
  get calls(): readonly StubbedStoreCall[] {
    return this.#calls;
  }

  /** Stores an object, or replaces it: then its ETag changes with its content. */
  put(key: string, content: string | Uint8Array): void {
    const bytes = Buffer.from(content);
    const etag = createHash('md5').update(bytes).digest('hex');
    this.#objects.set(key, { key, etag, size: bytes.length, content: bytes });
  }

  /**
   * Stores a folder: a part for each list of lines, and `_SUCCESS`. Parts that the folder had before are gone.
   *
   * @param lines values, or texts that are stored as they are.
   * @param compression of the parts. Default gzip.
   */
  putFolder(
    algorithm: string,
    folderDate: string,
    lines: readonly (readonly unknown[])[],
    compression: 'gzip' | 'none' = 'gzip',
  ): void {
    const prefix = `${algorithm}/${folderDate}/`;
    for (const key of this.#objects.keys()) if (key.startsWith(prefix)) this.#objects.delete(key);
    lines.forEach((values, place) => {
      const text = values.map((value) => `${typeof value === 'string' ? value : JSON.stringify(value)}\n`).join('');
      const name = `part-${String(place).padStart(5, '0')}.jsonl`;
      if (compression === 'gzip') this.put(`${prefix}${name}.gz`, gzipSync(text));
      else this.put(prefix + name, text);
    });
    this.put(`${prefix}_SUCCESS`, '');
  }

  /** Removes an object. */
  delete(key: string): void {
    this.#objects.delete(key);
  }

  /** Makes calls fail. The first failure that matches and has times left is taken. */
  fail(failure: StubbedStoreFailure): void {
    this.#failures.push({ failure, left: failure.times ?? 1 });
  }

  listFolders(options: AskOptions = {}): FolderListing {
    let counts: ListingCounts = noCounts();
    const list = (): AsyncGenerator<EvaluationFolder> => {
      const fresh = noCounts();
      counts = fresh;
      return gatherFolders(this.#pages('', options), fresh);
    };
    return {
      [Symbol.asyncIterator]: list,
      get counts() {
        return { ...counts };
      },
    };
  }

  async findFolder(algorithm: string, folderDate: string, options: AskOptions = {}): Promise<EvaluationFolder | null> {
    checkFolder(algorithm, folderDate);
    const pages = this.#pages(`${algorithm}/${folderDate}/`, options);
    for await (const folder of gatherFolders(pages, noCounts())) {
      if (folder.algorithm === algorithm && folder.folderDate === folderDate) return folder;
    }
    return null;
  }

  readPart(part: EvaluationPart, options: ReadPartOptions = {}): AsyncIterable<LineGroup> {
    const limits = lineLimits(this.#limits, options);
    return {
      [Symbol.asyncIterator]: () => {
        const facts = this.#facts('read', part.key);
        return readLines(part, { bytes: this.#bytes(part, options, facts), facts, stop: () => undefined }, limits);
      },
    };
  }

  async close(): Promise<void> {
    this.#closed.abort(new StoreClosedError());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async *#pages(prefix: string, options: AskOptions): AsyncGenerator<readonly ListedObject[]> {
    using linked = linkSignals(this.#closed.signal, options.signal);
    await this.#begin({ operation: 'list', key: prefix, afterLine: 0 }, linked.signal);
    const events = eventSink(this.#events, options.events);
    const failure = this.#failureFor('list', prefix);
    events.onRequest({ operation: 'list', attempt: 1 });
    if (failure !== null) throw failed(events, 'list', failure.with);
    const objects = [...this.#objects.values()]
      .filter(({ key }) => key.startsWith(prefix))
      .toSorted((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
    events.onResponse({ operation: 'list', attempt: 1, bytes: 0, durationMs: 0 });
    for (let at = 0; at === 0 || at < objects.length; at += 1000) {
      linked.signal.throwIfAborted();
      yield objects.slice(at, at + 1000).map(({ key, etag, size }) => ({ key, etag, size }));
    }
  }

  async *#bytes(part: EvaluationPart, options: ReadPartOptions, facts: RequestFacts): AsyncGenerator<Buffer> {
    using linked = linkSignals(this.#closed.signal, options.signal);
    await this.#begin({ operation: 'read', key: part.key, afterLine: options.afterLine ?? 0 }, linked.signal);
    const events = eventSink(this.#events, options.events);
    events.onRequest({ operation: 'read', attempt: 1 });
    const failure = this.#failureFor('read', part.key);
    const stored = this.#objects.get(part.key);
    if (stored === undefined) throw failed(events, 'read', new MissingObjectError(facts));
    if (stored.etag !== part.etag) throw failed(events, 'read', new ObjectChangedError(facts));
    if (stored.size > this.#limits.maxPartBytes) {
      throw failed(events, 'read', new PartLimitError(facts, 'part_too_large', this.#limits.maxPartBytes));
    }
    const end = failure === null ? stored.size : Math.min(stored.size, failure.afterBytes ?? 0);
    for (let at = 0; at < end; at += PIECE_BYTES) {
      linked.signal.throwIfAborted();
      yield stored.content.subarray(at, Math.min(end, at + PIECE_BYTES));
    }
    if (failure !== null) throw failed(events, 'read', failure.with);
    events.onResponse({ operation: 'read', attempt: 1, bytes: stored.size, durationMs: 0 });
  }

  async #begin(call: StubbedStoreCall, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#calls.push(call);
    if (this.#latencyMs > 0) await sleep(this.#latencyMs, signal);
  }

  #facts(operation: Operation, key: string | null): RequestFacts {
    return { endpoint: 'stub', bucket: this.bucket, operation, key, attempt: 1 };
  }

  #failureFor(operation: Operation, key: string): StubbedStoreFailure | null {
    const match = this.#failures.find(
      ({ failure, left }) => left > 0 && (failure.operation ?? operation) === operation && (failure.key ?? key) === key,
    );
    if (match === undefined) return null;
    match.left--;
    return match.failure;
  }
}

function failed(events: EventSink, operation: Operation, error: Error): Error {
  if ('errorClass' in error) {
    const errorClass = error.errorClass as Parameters<EventSink['onFailure']>[0]['errorClass'];
    events.onFailure({ operation, attempt: 1, errorClass, durationMs: 0 });
  }
  return error;
}
