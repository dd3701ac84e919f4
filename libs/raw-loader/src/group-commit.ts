import type { SharedStream } from './load-stream.ts';

/** When parts of streams are put together and sent. */
export interface GroupCommitOptions<Part> {
  readonly maxBatchBytes: number;
  /** Batches that are stored at the same time. */
  readonly maxTransactions: number;
  /** Longest time, in milliseconds, that a stream that has ended waits for others to join its batch. */
  readonly maxWaitMs: number;
  /** Stores the parts and tells each what came of it; never throws. */
  readonly store: (parts: readonly Part[]) => Promise<void>;
}

/**
 * Puts what several streams have collected into common batches. A batch is sent as soon as one may run and
 *
 * - `maxBatchBytes` are collected: it takes what the streams have, up to that;
 * - or all open streams have ended, or one ended `maxWaitMs` ago: it takes what those have that ended.
 *
 * A stream that still reads is never sent early for want of anything else to do: it gathers a larger share instead.
 */
export class GroupCommit<Part> {
  readonly #options: GroupCommitOptions<Part>;
  readonly #streams = new Set<SharedStream<Part>>();
  #running = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: GroupCommitOptions<Part>) {
    this.#options = options;
  }

  /** Whether streams must not collect more until a batch was sent. */
  get isFull(): boolean {
    let bytes = 0;
    for (const stream of this.#streams) bytes += stream.bytes;
    return bytes >= this.#options.maxBatchBytes;
  }

  join(stream: SharedStream<Part>): void {
    this.#streams.add(stream);
  }

  leave(stream: SharedStream<Part>): void {
    this.#streams.delete(stream);
    this.tellOfRoom();
    this.changed();
  }

  /** To be called when a stream has collected more, or ended. */
  changed(): void {
    clearTimeout(this.#timer);
    while (this.#running < this.#options.maxTransactions) {
      const due = this.#due();
      if (due.length === 0) break;
      void this.#send(due);
    }
  }

  /** Has streams that wait look again; also to be called when one has dropped what it had collected. */
  tellOfRoom(): void {
    for (const stream of this.#streams) stream.wake();
  }

  async #send(streams: readonly SharedStream<Part>[]): Promise<void> {
    this.#running += 1;
    const parts = streams.map((stream) => stream.takePart()).filter((part) => part !== null);
    this.tellOfRoom();
    await this.#options.store(parts);
    this.tellOfRoom();
    this.#running -= 1;
    this.changed();
  }

  #due(): readonly SharedStream<Part>[] {
    const sendable = [...this.#streams].filter((stream) => stream.isSendable);
    const waiting = sendable.filter((stream) => stream.waitingSinceMs !== null);
    if (this.isFull) {
      // Those first that can do nothing else.
      return this.#fill([...waiting, ...sendable.filter((stream) => stream.waitingSinceMs === null)]);
    }
    if (waiting.length === 0) return [];
    const allWait = [...this.#streams].every((stream) => stream.waitingSinceMs !== null);
    const sinceMs = Math.min(...waiting.map((stream) => stream.waitingSinceMs ?? 0));
    const leftMs = sinceMs + this.#options.maxWaitMs - performance.now();
    if (allWait || leftMs <= 0) return this.#fill(waiting);
    this.#timer = setTimeout(() => this.changed(), leftMs);
    return [];
  }

  #fill(streams: readonly SharedStream<Part>[]): readonly SharedStream<Part>[] {
    let bytes = 0;
    return streams.filter((stream) => {
      if (bytes >= this.#options.maxBatchBytes) return false;
      bytes += stream.bytes;
      return true;
    });
  }
}
