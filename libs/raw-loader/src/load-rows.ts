import type { LoaderPool } from './connection.ts';
import { RawLoaderError } from './errors.ts';
import { checkTable, type RawTable } from './raw-table.ts';
import type { RowGroup } from './raw-row.ts';
import { BatchBuilder, type StagedBatch } from './staged-batch.ts';
import { storeBatch, type CommittedBatch } from './store-batch.ts';
import type { LoaderTransaction } from './transaction.ts';
import { storableRange } from './utc-time.ts';

/** What a load needs. */
export interface LoadOptions<Checkpoint> {
  /** One connection at a time is taken from it, and only while a batch is stored. */
  readonly pool: LoaderPool;
  readonly table: RawTable;
  /** Read on while a batch is stored, so that at most two batches and a group are in memory. */
  readonly groups: AsyncIterable<RowGroup<Checkpoint>>;
  /**
   * Writes what belongs to the batch (cursor, counters, touched days) in the transaction that holds its rows. If it throws, the batch is rolled back and
   * the load ends with its error.
   */
  readonly commit: (transaction: LoaderTransaction, batch: CommittedBatch<Checkpoint>) => Promise<void>;
  /** Bytes after which the groups collected so far are stored. More means fewer transactions and more memory. Default: 4 MiB. */
  readonly maxBatchBytes?: number;
  /** Ends the load at once; `groups` must end by itself on the same signal. */
  readonly signal?: AbortSignal;
  /** Says what today is, for the range of months that may be stored. */
  readonly clock: { now(): Date };
}

/** Totals of a load. Each row that was read is in exactly one of inserted, updated, unchanged, superseded, duplicates, quarantined. */
export interface LoadResult {
  readonly inserted: number;
  readonly updated: number;
  /** Stored already, saying the same: not rewritten. */
  readonly unchanged: number;
  /** Lost against a stored claim of the same key. */
  readonly superseded: number;
  /** Lost against another claim of the same key in the same batch. */
  readonly duplicates: number;
  /** Characters that PostgreSQL cannot store (NUL, lone surrogates), replaced by U+FFFD. */
  readonly sanitized: number;
  readonly quarantined: number;
  /** Bytes sent to the server. */
  readonly bytes: number;
  readonly batches: number;
}

const DEFAULT_BATCH_BYTES = 4 * 1024 * 1024;

/**
 * Loads groups of rows into a raw table, batch by batch: COPY into a stage, then an upsert that leaves alone what has not changed. Each
 * batch is one transaction together with what `commit` writes, so that a load that was cut off goes on at its last checkpoint, and
 * loading the same rows again changes nothing. A month that is missing is made on the way.
 *
 * @throws NotAllowedError (`@ovis/pii-allowlist`) if a row's document did not come out of an allowlist; nothing of its batch is sent.
 * @throws RawTableError if the table's description is wrong.
 * @throws RawLoaderError if the database refuses; `retryability` says whether to try again. Batches committed before stay stored.
 * @throws whatever `groups` or `commit` throws, and the signal's reason.
 */
export async function loadRows<Checkpoint>(options: LoadOptions<Checkpoint>): Promise<LoadResult> {
  const { table, groups, clock, signal, maxBatchBytes = DEFAULT_BATCH_BYTES } = options;
  checkTable(table);
  if (!(maxBatchBytes > 0))
    throw new RawLoaderError(`maxBatchBytes must be positive, not ${maxBatchBytes}`, { retryability: 'terminal' });
  const builder = new BatchBuilder<Checkpoint>(table);
  const storing = new StoringInBackground(options);
  try {
    for await (const group of groups) {
      signal?.throwIfAborted();
      storing.throwIfFailed();
      builder.add(group, storableRange(clock.now()));
      if (builder.bytes >= maxBatchBytes) await storing.next(builder.take());
    }
    signal?.throwIfAborted();
    await storing.next(builder.take());
    return await storing.finish();
  } finally {
    // Nothing of this load may still run when it has ended, whichever way.
    await storing.settled();
  }
}

/** Stores one batch while the next is collected. */
class StoringInBackground<Checkpoint> {
  readonly #options: LoadOptions<Checkpoint>;
  #present: Promise<void> = Promise.resolve();
  #failure: { readonly error: unknown } | null = null;
  #total: LoadResult = {
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

  constructor(options: LoadOptions<Checkpoint>) {
    this.#options = options;
  }

  throwIfFailed(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }

  /** Waits for the batch before, then starts to store this one. */
  async next(batch: StagedBatch<Checkpoint> | null): Promise<void> {
    await this.#present;
    this.throwIfFailed();
    if (batch === null) return;
    this.#present = storeBatch(this.#options, batch).then(
      (stored) => this.#add(stored, batch.bytes),
      (error: unknown) => {
        this.#failure = { error };
      },
    );
  }

  async finish(): Promise<LoadResult> {
    await this.#present;
    this.throwIfFailed();
    return this.#total;
  }

  async settled(): Promise<void> {
    await this.#present;
  }

  #add(stored: CommittedBatch<Checkpoint>, bytes: number): void {
    const total = this.#total;
    this.#total = {
      inserted: total.inserted + stored.inserted,
      updated: total.updated + stored.updated,
      unchanged: total.unchanged + stored.unchanged,
      superseded: total.superseded + stored.superseded,
      duplicates: total.duplicates + stored.duplicates,
      sanitized: total.sanitized + stored.sanitized,
      quarantined: total.quarantined + stored.quarantined.length,
      bytes: total.bytes + bytes,
      batches: total.batches + 1,
    };
  }
}
