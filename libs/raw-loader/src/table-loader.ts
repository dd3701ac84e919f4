import type { LoaderPool } from './connection.ts';
import { RawLoaderError } from './errors.ts';
import { GroupCommit } from './group-commit.ts';
import { LoadStream, type LoadResult, type StreamBatch, type StreamOptions, type StreamPart } from './load-stream.ts';
import { checkTable, type RawTable } from './raw-table.ts';
import { storeParts } from './store-parts.ts';
import type { LoaderTransaction } from './transaction.ts';
import { storableRange } from './utc-time.ts';

/** What a loader of a table needs. */
export interface TableLoaderOptions<Owner, Checkpoint> {
  /** A connection is taken from it for each batch, and only while it is stored. */
  readonly pool: LoaderPool;
  readonly table: RawTable;
  /** Says what today is, for the range of months that may be stored. */
  readonly clock: { now(): Date };
  /**
   * Writes what belongs to a batch (cursors, counters, touched days) in the transaction that holds its rows, given each stream's share of it: one
   * statement can do for all. If it throws, the rows are rolled back and it is called for each stream alone, with counts anew, and only the stream
   * for which it throws again fails, with its error. What it leaves outside of the transaction must allow for that.
   */
  readonly commit: (
    transaction: LoaderTransaction,
    batches: readonly StreamBatch<Owner, Checkpoint>[],
  ) => Promise<void>;
  /**
   * Bytes after which what all streams have collected together is stored. More means fewer transactions and more memory: what is collected, and
   * what each transaction holds, stay below this and one group. Default: 4 MiB.
   */
  readonly maxBatchBytes?: number;
  /** Batches that are stored at the same time, while others are collected. Default: 2. */
  readonly maxTransactions?: number;
  /**
   * Longest time, in milliseconds, that a stream that has ended waits for others to join its batch. More means fewer transactions and a later
   * answer; it waits only while other streams are still reading. Default: 20.
   */
  readonly maxWaitMs?: number;
}

/** Loads streams of rows into one raw table. Streams that are loaded at the same time share transactions. */
export interface TableLoader<Owner, Checkpoint> {
  /**
   * Loads groups of rows, batch by batch: COPY into a stage, then an upsert that leaves alone what has not changed. What a stream has in
   * a batch is stored together with what `commit` writes, in order, so that a load that was cut off goes on at its last checkpoint, and
   * loading the same rows again changes nothing. A month that is missing is made on the way.
   *
   * A batch that fails is stored again stream by stream, so that only the stream that it fails for does, unless the connection was lost.
   *
   * @throws NotAllowedError (`@ovis/pii-allowlist`) if a row's document did not come out of an allowlist; nothing of its batch is sent.
   * @throws RawLoaderError if the database refuses; `retryability` says whether to try again. Batches committed before stay stored.
   * @throws whatever `groups` or `commit` throws, and the signal's reason.
   */
  load(options: StreamOptions<Owner, Checkpoint>): Promise<LoadResult>;
}

/**
 * Makes a loader for a table. It holds no connection while nothing is loaded, and needs no end.
 *
 * @throws RawTableError if the table's description is wrong.
 * @throws RawLoaderError if a limit is not positive.
 */
export function createTableLoader<Owner, Checkpoint>(
  options: TableLoaderOptions<Owner, Checkpoint>,
): TableLoader<Owner, Checkpoint> {
  const { pool, table, clock, commit } = options;
  const { maxBatchBytes = 4 * 1024 * 1024, maxTransactions = 2, maxWaitMs = 20 } = options;
  checkTable(table);
  checkPositive('maxBatchBytes', maxBatchBytes);
  checkPositive('maxTransactions', maxTransactions);
  const store = (parts: readonly StreamPart<Owner, Checkpoint>[]): Promise<void> =>
    storeParts({ pool, table, commit }, parts);
  const batches = new GroupCommit({ maxBatchBytes, maxTransactions, maxWaitMs, store });
  let streams = 0;
  return {
    async load(streamOptions) {
      const { groups, signal } = streamOptions;
      signal?.throwIfAborted();
      streams += 1;
      const stream = new LoadStream(table, streams, streamOptions);
      const abort = (): void => {
        stream.fail(signal?.reason);
        batches.tellOfRoom();
      };
      signal?.addEventListener('abort', abort, { once: true });
      batches.join(stream);
      try {
        for await (const group of groups) {
          await stream.until(() => {
            if (batches.isFull) return false;
            // Within the condition: streams that found room together would all take it.
            stream.add(group, storableRange(clock.now()));
            return true;
          });
          batches.changed();
        }
        stream.throwIfFailed();
        stream.end();
        batches.changed();
        await stream.until(() => stream.isStored);
        return stream.result;
      } finally {
        signal?.removeEventListener('abort', abort);
        // Nothing of this load may still run when it has ended, whichever way.
        await stream.settle();
        batches.leave(stream);
      }
    },
  };
}

function checkPositive(name: string, value: number): void {
  if (value > 0) return;
  throw new RawLoaderError(`${name} must be positive, not ${value}`, { retryability: 'terminal' });
}
