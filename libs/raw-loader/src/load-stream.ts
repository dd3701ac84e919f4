import type { BatchCounts } from './batch-counts.ts';
import type { QuarantinedRow, RowGroup } from './raw-row.ts';
import type { RawTable } from './raw-table.ts';
import type { StorableRange } from './row-encoder.ts';
import { PartBuilder, type StagedPart } from './staged-part.ts';

/** What one transaction stores of a stream, for the bookkeeping that joins it. */
export interface CommittedBatch<Checkpoint> extends BatchCounts {
  /** Characters that PostgreSQL cannot store (NUL, lone surrogates), replaced by U+FFFD. */
  readonly sanitized: number;
  readonly quarantined: readonly QuarantinedRow[];
  /** Bytes sent to the server. */
  readonly bytes: number;
  /** The progress once this transaction is committed. */
  readonly checkpoint: Checkpoint;
}

/** What one transaction stores of one of several streams. */
export interface StreamBatch<Owner, Checkpoint> extends CommittedBatch<Checkpoint> {
  /** Whose stream it is, as given to `load`. */
  readonly owner: Owner;
}

/** One stream of rows to load. */
export interface StreamOptions<Owner, Checkpoint> {
  /** Whatever tells the loader's `commit` whose rows these are. */
  readonly owner: Owner;
  /** Read on while a batch is stored. */
  readonly groups: AsyncIterable<RowGroup<Checkpoint>>;
  /** Ends the load; `groups` must end by itself on the same signal. */
  readonly signal?: AbortSignal;
}

/** Totals of a load. Each row that was read is in exactly one of inserted, updated, unchanged, superseded, duplicates, quarantined. */
export interface LoadResult {
  readonly inserted: number;
  readonly updated: number;
  /** Stored already, saying the same: not rewritten. */
  readonly unchanged: number;
  /** Lost against a stored claim of the same key. */
  readonly superseded: number;
  /** Lost against another claim of the same key in the same batch, be it of this stream or another. */
  readonly duplicates: number;
  /** Characters that PostgreSQL cannot store (NUL, lone surrogates), replaced by U+FFFD. */
  readonly sanitized: number;
  readonly quarantined: number;
  /** Bytes sent to the server. */
  readonly bytes: number;
  /** Transactions that stored rows or checkpoints of this load. */
  readonly batches: number;
}

/** A part of a stream on its way, and whom to tell what came of it. */
export interface StreamPart<Owner, Checkpoint> {
  /** The stream's number; a stream has one part in a batch at most. */
  readonly number: number;
  readonly staged: StagedPart<Checkpoint>;
  readonly signal: AbortSignal | undefined;
  batchOf(counts: BatchCounts): StreamBatch<Owner, Checkpoint>;
  stored(counts: BatchCounts): void;
  failed(error: unknown): void;
}

/** The state of one stream: what the loader needs to know to share transactions. */
export interface SharedStream<Part> {
  /** Bytes collected and not taken yet. */
  readonly bytes: number;
  /** Whether it has something to store and nothing on its way: a stream's parts are stored in order. */
  readonly isSendable: boolean;
  /** Since when it has been waiting for its last part to be stored, by `performance.now()`; null while it reads. */
  readonly waitingSinceMs: number | null;
  takePart(): Part | null;
  /** Has it look again at what it waits for. */
  wake(): void;
}

/** One stream of a loader, from its first group until its last part is stored. */
export class LoadStream<Owner, Checkpoint> implements SharedStream<StreamPart<Owner, Checkpoint>> {
  readonly #number: number;
  readonly #options: StreamOptions<Owner, Checkpoint>;
  readonly #builder: PartBuilder<Checkpoint>;
  #isStoring = false;
  #waitingSinceMs: number | null = null;
  #failure: { readonly error: unknown } | null = null;
  #wake: () => void = () => undefined;
  #result: LoadResult = {
    inserted: 0,
    updated: 0,
    unchanged: 0,
    superseded: 0,
    duplicates: 0,
    sanitized: 0,
    quarantined: 0,
    bytes: 0,
    batches: 0,
  };

  /** @param number greater than those of the loader's streams that began earlier. */
  constructor(table: RawTable, number: number, options: StreamOptions<Owner, Checkpoint>) {
    this.#number = number;
    this.#options = options;
    this.#builder = new PartBuilder(table);
  }

  get bytes(): number {
    return this.#builder.bytes;
  }

  get isSendable(): boolean {
    return !this.#isStoring && this.#failure === null && !this.#builder.isEmpty;
  }

  get waitingSinceMs(): number | null {
    return this.#waitingSinceMs;
  }

  get isStoring(): boolean {
    return this.#isStoring;
  }

  /** Whether everything that was added is stored. */
  get isStored(): boolean {
    return !this.#isStoring && this.#builder.isEmpty;
  }

  get result(): LoadResult {
    return this.#result;
  }

  add(group: RowGroup<Checkpoint>, storable: StorableRange): void {
    try {
      this.#builder.add(group, storable);
    } catch (error) {
      // Half of the group may be collected.
      this.fail(error);
      throw error;
    }
  }

  /** Says that no group follows. */
  end(): void {
    this.#waitingSinceMs = performance.now();
  }

  /** Ends the stream with the first failure it is told of, and drops what was not taken. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#builder.take();
    this.wake();
  }

  wake(): void {
    this.#wake();
  }

  /**
   * Waits until `condition` holds, which is asked whenever something has changed, and not again once it does.
   *
   * @throws the stream's failure.
   */
  async until(condition: () => boolean): Promise<void> {
    for (;;) {
      this.throwIfFailed();
      if (condition()) return;
      await this.#changed();
    }
  }

  throwIfFailed(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }

  /** Drops what was not taken, and waits until nothing of the stream is on its way. */
  async settle(): Promise<void> {
    this.#builder.take();
    while (this.#isStoring) await this.#changed();
  }

  takePart(): StreamPart<Owner, Checkpoint> | null {
    const staged = this.#builder.take();
    if (staged === null) return null;
    const { bytes, sanitized, quarantined, checkpoint } = staged;
    const { owner, signal } = this.#options;
    const batchOf = (counts: BatchCounts): StreamBatch<Owner, Checkpoint> => ({
      ...counts,
      owner,
      sanitized,
      quarantined,
      bytes,
      checkpoint,
    });
    this.#isStoring = true;
    return {
      number: this.#number,
      staged,
      signal,
      batchOf,
      stored: (counts) => {
        this.#isStoring = false;
        this.#result = sumOf(this.#result, batchOf(counts));
        this.wake();
      },
      failed: (error) => {
        this.#isStoring = false;
        this.fail(error);
      },
    };
  }

  #changed(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}

function sumOf(total: LoadResult, stored: CommittedBatch<unknown>): LoadResult {
  return {
    inserted: total.inserted + stored.inserted,
    updated: total.updated + stored.updated,
    unchanged: total.unchanged + stored.unchanged,
    superseded: total.superseded + stored.superseded,
    duplicates: total.duplicates + stored.duplicates,
    sanitized: total.sanitized + stored.sanitized,
    quarantined: total.quarantined + stored.quarantined.length,
    bytes: total.bytes + stored.bytes,
    batches: total.batches + 1,
  };
}
