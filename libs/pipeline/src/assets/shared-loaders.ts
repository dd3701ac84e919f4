import type { Clock } from '@ovis/foundation';
import { commitProgress, type TaskProgress } from '@ovis/orchestrator';
import { createTableLoader, type CommittedBatch, type RawTable, type TableLoader } from '@ovis/raw-loader';
import type { Pool } from 'pg';
import type { PageCheckpoint } from './load-listing.ts';

/** Says where a task stands with what a batch stores of it. */
type ProgressOf = (batch: CommittedBatch<PageCheckpoint>) => TaskProgress;

/** Loads listings, each owned by the function that says where its task stands. */
export type ListingLoader = TableLoader<ProgressOf, PageCheckpoint>;

/** The loaders of one table: tasks that use the same pool and clock at the same time share one, and with it its transactions. */
export class SharedLoaders {
  readonly #table: RawTable;
  readonly #byPool = new WeakMap<Pool, WeakMap<Clock, ListingLoader>>();

  constructor(table: RawTable) {
    this.#table = table;
  }

  of(pool: Pool, clock: Clock): ListingLoader {
    const byClock = this.#byPool.get(pool) ?? new WeakMap<Clock, ListingLoader>();
    this.#byPool.set(pool, byClock);
    const loader = byClock.get(clock) ?? this.#create(pool, clock);
    byClock.set(clock, loader);
    return loader;
  }

  #create(pool: Pool, clock: Clock): ListingLoader {
    return createTableLoader({
      pool,
      table: this.#table,
      clock,
      commit: (tx, batches) =>
        commitProgress(
          { query: (text, values) => tx.query(text, values) },
          batches.map(({ owner, ...batch }) => owner(batch)),
        ),
    });
  }
}
