import type { Pool } from 'pg';
import type { RunCause } from '../run-log/open-run.ts';

/** A run that waits for a process to lead it, or has one. */
export interface OpenRun {
  readonly runId: string;
  readonly job: string;
  readonly scheduledFor: Date;
  readonly cause: RunCause;
  readonly force: boolean;
  /** Whether it was begun: then it goes on where it stopped. */
  readonly isBegun: boolean;
}

/**
 * The runs that may be led now, those that matter most first. A scheduled run waits until older ones of its job have ended; a backfill
 * waits for every other run of its job.
 */
export async function openRuns(pool: Pool): Promise<readonly OpenRun[]> {
  const { rows } = await pool.query<{
    run_id: string;
    job: string;
    scheduled_for: Date;
    cause: RunCause;
    force: boolean;
    state: 'queued' | 'running';
  }>(
    `select run_id, job, scheduled_for, cause, force, state
     from ops.runs
     where state in ('queued', 'running') and not exists (
       select from ops.runs as before
       where before.job = runs.job and before.run_id <> runs.run_id and before.state in ('queued', 'running')
         and case runs.cause
           when 'schedule' then before.cause = 'schedule' and before.scheduled_for < runs.scheduled_for
           when 'backfill' then before.cause <> 'backfill' or before.scheduled_for < runs.scheduled_for
           else false
         end)
     order by case cause when 'manual' then 0 when 'schedule' then 1 else 2 end, scheduled_for, job`,
  );
  return rows.map((row) => ({
    runId: row.run_id,
    job: row.job,
    scheduledFor: row.scheduled_for,
    cause: row.cause,
    force: row.force,
    isBegun: row.state === 'running',
  }));
}

/** Closes a run that cannot be executed (any more), with what is open of it. */
export async function closeRun(
  pool: Pool,
  runId: string,
  end: { readonly state: 'cancelled' | 'failed'; readonly reason: string; readonly now: Date },
): Promise<void> {
  await pool.query(
    `with open_tasks as (
       update ops.tasks set state = 'cancelled', cursor = null, finished_at = $4
       where run_id = $1 and state in ('queued', 'running') returning 1
     ), open_steps as (
       update ops.steps set state = 'cancelled', finished_at = $4, error_class = $3
       where run_id = $1 and state in ('queued', 'running') returning 1
     )
     update ops.runs set state = $2, reason = $3, finished_at = $4 where run_id = $1 and state in ('queued', 'running')`,
    [runId, end.state, end.reason, end.now],
  );
}
