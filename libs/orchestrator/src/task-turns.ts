import type { Pool } from 'pg';
import type { RunCause } from './run-log/open-run.ts';

/** Priorities of a class are below those of the next one. Small ones are left to what older versions announce. */
const CLASS_SIZE = 2 ** 28;
const CLASSES: Readonly<Record<RunCause, number>> = { backfill: 1, schedule: 2, upstream: 2, manual: 3 };

/** Tasks of runs in a higher class are taken first: by hand, then scheduled, then backfills. */
export function classOf(cause: RunCause): number {
  return CLASSES[cause];
}

/** Pure: the queue's priority of a turn in a class; the lowest turn is taken first. */
export function priorityOf(taskClass: number, turn: number): number {
  return (taskClass + 1) * CLASS_SIZE - 1 - Math.min(Math.max(turn, 0), CLASS_SIZE - 1);
}

/** Where a class stands. */
export interface PresentTurns {
  /** The turn that is taken next; where nothing waits, the furthest that was taken of late. */
  readonly present: number;
  /** The first one behind what waits of older runs of the same job. */
  readonly behindOlder: number;
}

/**
 * Reads from the queue where a class stands, so that a run that comes later begins there: from then on its job and those before it take turns,
 * and neither waits until the other is done (start-time fair queueing: https://doi.org/10.1145/248157.248171).
 */
export async function readTurns(pool: Pool, queue: string, runId: string, taskClass: number): Promise<PresentTurns> {
  const { rows } = await pool.query<{ first: number | null; taken: number | null; last_older: number | null }>(
    `select (
         select max(priority) from pgboss.job
         where name = $1 and state < 'active' and not blocked and priority between $3 and $4) as first,
       (select min(priority) from pgboss.job where name = $1 and state >= 'active' and priority between $3 and $4) as taken,
       (select min(priority)
        from ops.runs
        join ops.runs as older on older.job = runs.job and older.scheduled_for < runs.scheduled_for and older.state = 'running'
        join pgboss.job on data ->> 'runId' = older.run_id::text
        where runs.run_id = $2 and name = $1 and job.state < 'active' and not blocked and priority between $3 and $4) as last_older`,
    [queue, runId, taskClass * CLASS_SIZE, (taskClass + 1) * CLASS_SIZE - 1],
  );
  const turnOf = (priority: number | null | undefined): number | null =>
    priority === null || priority === undefined ? null : (taskClass + 1) * CLASS_SIZE - 1 - priority;
  const present = turnOf(rows[0]?.first) ?? turnOf(rows[0]?.taken) ?? 0;
  const older = turnOf(rows[0]?.last_older);
  return { present, behindOlder: older === null ? present : Math.max(present, older + 1) };
}
