import type { CommittedBatch, LoadResult, StreamOptions } from './load-stream.ts';
import { createTableLoader, type TableLoaderOptions } from './table-loader.ts';
import type { LoaderTransaction } from './transaction.ts';

/** What the load of a single stream needs. */
export interface LoadOptions<Checkpoint>
  extends
    Pick<TableLoaderOptions<null, Checkpoint>, 'pool' | 'table' | 'clock' | 'maxBatchBytes'>,
    Omit<StreamOptions<null, Checkpoint>, 'owner'> {
  /**
   * Writes what belongs to a batch (cursor, counters, touched days) in the transaction that holds its rows. If it throws, these rows are
   * rolled back and the load ends with its error.
   */
  readonly commit: (transaction: LoaderTransaction, batch: CommittedBatch<Checkpoint>) => Promise<void>;
}

/**
 * Loads one stream of rows into a raw table: see `TableLoader`, which does the same for many at once. At most two batches and a group
 * are in memory.
 *
 * @throws RawTableError if the table's description is wrong.
 * @throws what `TableLoader.load` throws.
 */
export async function loadRows<Checkpoint>(options: LoadOptions<Checkpoint>): Promise<LoadResult> {
  const loader = createTableLoader<null, Checkpoint>({
    ...options,
    commit: async (transaction, [batch]) => {
      if (batch) await options.commit(transaction, batch);
    },
  });
  return loader.load({ ...options, owner: null });
}
