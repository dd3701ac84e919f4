import type { Clock } from '@ovis/foundation';
import { createTableLoader, type RawTable, type TableLoader } from '@ovis/raw-loader';
import type { Pool } from 'pg';

/** The loaders of one table: tasks that use the same pool and clock at the same time share one, and with it its transactions. */
export class SharedLoaders {
  readonly #table: RawTable;
  readonly #byPool = new WeakMap<Pool, WeakMap<Clock, TableLoader>>();

  constructor(table: RawTable) {
    this.#table = table;
  }

  of(pool: Pool, clock: Clock): TableLoader {
    const byClock = this.#byPool.get(pool) ?? new WeakMap<Clock, TableLoader>();
    this.#byPool.set(pool, byClock);
    const loader = byClock.get(clock) ?? createTableLoader({ pool, table: this.#table, clock });
    byClock.set(clock, loader);
    return loader;
  }
}
