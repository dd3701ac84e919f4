import type { Clock } from '@ovis/foundation';
import { commitProgress, type TaskContext, type TaskProgress } from '@ovis/orchestrator';
import {
  createTableLoader,
  type CommittedBatch,
  type LoaderTransaction,
  type RawTable,
  type TableLoader,
} from '@ovis/raw-loader';
import type { Pool } from 'pg';
import type { PipelineResources } from '../resources.ts';
import type { ListingProgress } from './listing-progress.ts';
import type { PageCheckpoint } from './load-listing.ts';

/** Where a task stands with what a batch stores of it. */
interface SharedProgress {
  readonly progress: TaskProgress;
  /** What else is to be written in the batch's transaction. */
  readonly also?: (tx: LoaderTransaction) => Promise<void>;
}

type ProgressOf = (batch: CommittedBatch<PageCheckpoint>) => SharedProgress;

/**
 * The owner of a task's stream: counts what a batch stores of it, and says where the task stands then.
 *
 * @param alsoAtEnd what else is written with the task's last rows.
 */
export function sharedProgress(
  context: TaskContext<PipelineResources>,
  table: RawTable,
  progress: ListingProgress,
  alsoAtEnd?: (tx: LoaderTransaction) => Promise<void>,
): ProgressOf {
  return (batch) => {
    const { pageNumber, nextCursor } = batch.checkpoint;
    const isLast = nextCursor === null;
    const taskProgress = context.progress({
      cursor: nextCursor,
      isLast,
      table: `${table.schema}.${table.name}`,
      touchedDays: batch.touchedDays,
      quarantined: progress.count(pageNumber, batch),
    });
    return { progress: taskProgress, ...(isLast && alsoAtEnd ? { also: alsoAtEnd } : {}) };
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
      commit: async (tx, batches) => {
        const all = batches.map(({ owner, ...batch }) => owner(batch));
        await commitProgress(
          tx,
          all.map(({ progress }) => progress),
        );
        // Few have something: the last batches of whole days.
        for (const { also } of all) await also?.(tx);
      },
    });
  }
}
