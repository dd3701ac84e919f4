import type { LoadResult, StreamOptions } from './load-stream.ts';
import { createTableLoader, type TableLoaderOptions } from './table-loader.ts';

/** What the load of a single stream needs. */
export type LoadOptions<Checkpoint> = Pick<TableLoaderOptions, 'pool' | 'table' | 'clock' | 'maxBatchBytes'> &
  StreamOptions<Checkpoint>;

/**
 * Loads one stream of rows into a raw table: see `TableLoader`, which does the same for many at once. At most two batches and a group
 * are in memory.
 *
 * @throws RawTableError if the table's description is wrong.
 * @throws what `TableLoader.load` throws.
 */
export async function loadRows<Checkpoint>(options: LoadOptions<Checkpoint>): Promise<LoadResult> {
  return createTableLoader(options).load(options);
}
