import type { Clock } from '@ovis/foundation';
import { commitProgress, type TaskContext, type TaskProgress } from '@ovis/orchestrator';
import { createTableLoader, type CommittedBatch, type RawTable, type TableLoader } from '@ovis/raw-loader';
import type { Pool } from 'pg';
import type { PipelineResources } from '../resources.ts';
import type { ListingProgress } from './listing-progress.ts';
import type { PageCheckpoint } from './load-listing.ts';

/** Says where a task stands with what a batch stores of it. */
type ProgressOf = (batch: CommittedBatch<PageCheckpoint>) => TaskProgress;

/** The owner of a task's stream: counts what a batch stores of it, and says where the task stands then. */
export function sharedProgress(
  context: TaskContext<PipelineResources>,
  table: RawTable,
  progress: ListingProgress,
): ProgressOf {
  return (batch) => {
    const { pageNumber, nextCursor } = batch.checkpoint;
    return context.progress({
      cursor: nextCursor,
      isLast: nextCursor === null,
      table: `${table.schema}.${table.name}`,
      touchedDays: batch.touchedDays,
      quarantined: progress.count(pageNumber, batch),
    });
  };
}

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
