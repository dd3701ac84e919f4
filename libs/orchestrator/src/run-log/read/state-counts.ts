import type { Pool } from 'pg';
import type { RunState } from '../open-run.ts';

/** What the run log holds at a moment, for metrics. */
export interface StateCounts {
  readonly runs: readonly { readonly job: string; readonly state: RunState; readonly runs: number }[];
  /** Tasks that wait or are in hand. */
  readonly openTasks: readonly {
    readonly asset: string;
    readonly state: 'queued' | 'running';
    readonly tasks: number;
  }[];
  /** What the newest writing of each asset says. */
  readonly assets: readonly {
    readonly asset: string;
    readonly finishedAt: Date;
    readonly droppedFields: number | null;
    readonly mismatchedFields: number | null;
  }[];
  readonly pausedJobs: readonly string[];
  readonly workers: number;
}

/** Counts runs, open tasks and workers. */
export async function readStateCounts(pool: Pool, assets: readonly string[]): Promise<StateCounts> {
  const [runs, openTasks, newest, paused, workers] = await Promise.all([
    pool.query<{ job: string; state: RunState; runs: number }>(
      'select job, state, count(*)::integer as runs from ops.runs group by job, state',
    ),
    pool.query<{ asset: string; state: 'queued' | 'running'; tasks: number }>(
      `select asset, state, count(*)::integer as tasks from ops.tasks where state in ('queued', 'running') group by asset, state`,
    ),
    pool.query<{ asset: string; finished_at: Date; dropped_fields: number | null; mismatched_fields: number | null }>(
      `select newest.*
       from unnest($1::text[]) as wanted (name)
       cross join lateral (
         select asset, finished_at, dropped_fields::double precision as dropped_fields,
           mismatched_fields::double precision as mismatched_fields
         from ops.materializations where asset = wanted.name order by finished_at desc, materialization_id desc limit 1
       ) as newest`,
      [assets],
    ),
    readPausedJobs(pool),
    pool.query<{ workers: number }>('select count(*)::integer as workers from ops.workers'),
  ]);
  return {
    runs: runs.rows,
    openTasks: openTasks.rows,
    assets: newest.rows.map((row) => ({
      asset: row.asset,
      finishedAt: row.finished_at,
      droppedFields: row.dropped_fields,
      mismatchedFields: row.mismatched_fields,
    })),
    pausedJobs: [...paused.keys()],
    workers: workers.rows[0]?.workers ?? 0,
  };
}

/** Jobs whose schedules make no runs for the time being, and since when. */
export async function readPausedJobs(pool: Pool): Promise<ReadonlyMap<string, Date>> {
  const { rows } = await pool.query<{ job: string; paused_at: Date }>(
    'select job, paused_at from ops.paused_jobs order by job',
  );
  return new Map(rows.map((row) => [row.job, row.paused_at]));
}
