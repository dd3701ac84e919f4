import { linkSignals } from './abort.ts';
import { StoreClosedError } from './errors.ts';
import {
  gatherFolders,
  noCounts,
  type EvaluationFolder,
  type EvaluationPart,
  type ListingCounts,
} from './evaluation-folder.ts';
import { eventSink, type ObjectStoreEvents } from './events.ts';
import { connect, type Connection } from './exchange.ts';
import { resolveLimits, type ObjectStoreLimits } from './limits.ts';
import type { LineGroup } from './line-group.ts';
import { listPages } from './list-pages.ts';
import { checkFolder } from './object-key.ts';
import type { AskOptions, FolderListing, ObjectStore, ReadPartOptions } from './object-store.ts';
import { lineLimits, readLines } from './read-lines.ts';
import { readObject } from './read-object.ts';
import type { RetryContext } from './retry.ts';
import type { ObjectStoreSettings } from './settings.ts';

/** What an {@link S3ObjectStore} is made from. */
export interface S3ObjectStoreOptions extends Partial<ObjectStoreLimits> {
  readonly settings: ObjectStoreSettings;
  /** Told of every request and retry. */
  readonly events?: ObjectStoreEvents | undefined;
  /** A number in [0, 1) for the jitter of waits. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
}

/** Evaluation results in a bucket of MinIO or of another S3 server. Make one for a process: it holds the connections. */
export class S3ObjectStore implements ObjectStore {
  readonly bucket: string;
  readonly #connection: Connection;
  readonly #events: ObjectStoreEvents | undefined;
  readonly #random: () => number;
  readonly #closed = new AbortController();

  /** @throws ObjectStoreOptionError for a number outside its range. */
  constructor({ settings, events, random, ...limits }: S3ObjectStoreOptions) {
    this.bucket = settings.bucket;
    this.#connection = connect(settings, resolveLimits(limits));
    this.#events = events;
    this.#random = random ?? Math.random;
  }

  listFolders(options: AskOptions = {}): FolderListing {
    let counts: ListingCounts = noCounts();
    const list = (): AsyncGenerator<EvaluationFolder> => {
      const fresh = noCounts();
      counts = fresh;
      return this.#gather('', options, fresh);
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
    for await (const folder of this.#gather(`${algorithm}/${folderDate}/`, options, noCounts())) {
      if (folder.algorithm === algorithm && folder.folderDate === folderDate) return folder;
    }
    return null;
  }

  readPart(part: EvaluationPart, options: ReadPartOptions = {}): AsyncIterable<LineGroup> {
    const limits = lineLimits(this.#connection.limits, options);
    return { [Symbol.asyncIterator]: () => this.#read(part, options, limits) };
  }

  async close(): Promise<void> {
    if (this.#closed.signal.aborted) return;
    this.#closed.abort(new StoreClosedError());
    this.#connection.agent.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async *#gather(
    prefix: string,
    options: AskOptions,
    counts: ReturnType<typeof noCounts>,
  ): AsyncGenerator<EvaluationFolder> {
    using linked = linkSignals(this.#closed.signal, options.signal);
    const context = this.#context(options, linked.signal);
    yield* gatherFolders(listPages(this.#connection, prefix, context), counts);
  }

  async *#read(
    part: EvaluationPart,
    options: ReadPartOptions,
    limits: ReturnType<typeof lineLimits>,
  ): AsyncGenerator<LineGroup> {
    const stopped = new AbortController();
    using linked = linkSignals(this.#closed.signal, options.signal, stopped.signal);
    const { host } = new URL(this.#connection.settings.endpoint);
    const stored = {
      bytes: readObject(this.#connection, part, this.#context(options, linked.signal)),
      facts: { endpoint: host, bucket: this.bucket, operation: 'read', key: part.key, attempt: 1 } as const,
      stop: () => stopped.abort(new StoreClosedError()),
    };
    yield* readLines(part, stored, limits);
  }

  #context(options: AskOptions, signal: AbortSignal): RetryContext {
    const events = eventSink(this.#events, options.events);
    return { limits: this.#connection.limits, random: this.#random, events, signal };
  }
}
