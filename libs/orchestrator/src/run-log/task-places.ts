import type { Pool } from 'pg';
import type { QueuedTask } from './plan-tasks.ts';

/** By the rows that a run's tasks had in the run of its job before: which place each has, the largest first. */
export class TaskPlaces {
  readonly #places: ReadonlyMap<string, number>;

  private constructor(places: ReadonlyMap<string, number>) {
    this.#places = places;
  }

  /** Reads them once for a run: they are the same for all its portions. */
  static async read(pool: Pool, runId: string): Promise<TaskPlaces> {
    const { rows } = await pool.query<{ name: string }>(
      `select asset || ' ' || task_key as name
       from ops.tasks
       where right(task_key, 2) <> '/*' and run_id = (
         select before.run_id
         from ops.runs
         join ops.runs as before using (job)
         where runs.run_id = $1 and before.run_id <> $1 and before.state in ('succeeded', 'partly_failed')
         order by before.scheduled_for desc
         limit 1)
       order by coalesce((counters ->> 'rowsInserted')::bigint, 0) + coalesce((counters ->> 'rowsUpdated')::bigint, 0)
         + coalesce((counters ->> 'rowsUnchanged')::bigint, 0) desc, asset, task_key`,
      [runId],
    );
    return new TaskPlaces(new Map(rows.map(({ name }, place) => [name, place])));
  }

  /** Null for a task that the run before did not have. */
  of({ asset, key }: Pick<QueuedTask, 'asset' | 'key'>): number | null {
    return this.#places.get(`${asset} ${key}`) ?? null;
  }
}
