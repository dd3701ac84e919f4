import type { Pool } from 'pg';
import type { RunSelection } from '../backfill/selection.ts';
import type { RunCause } from '../run-log/open-run.ts';

/** A run that waits for a process to lead it, or has one. */
export interface OpenRun {
  readonly runId: string;
  readonly job: string;
  readonly scheduledFor: Date;
  readonly cause: RunCause;
  readonly force: boolean;
  /** What of its job the run of a backfill loads; null for a run that loads all of it. */
  readonly selection: RunSelection | null;
  /** Whether it was begun: then it goes on where it stopped. */
  readonly isBegun: boolean;
}

/**
 * The runs that may be led now, those that matter most first. A scheduled run waits until older ones of its job have ended; a backfill
 * waits for every other run of its job, and for older ones of the same backfill, as many as may not be led beside it.
 *
 * @param backfillId only those of this backfill; all if undefined.
 */
export async function openRuns(pool: Pool, backfillId?: string): Promise<readonly OpenRun[]> {
  const { rows } = await pool.query<{
    run_id: string;
    job: string;
    scheduled_for: Date;
    cause: RunCause;
    force: boolean;
    state: 'queued' | 'running';
    backfill_id: string | null;
    assets: readonly string[] | null;
    customers: readonly string[] | null;
    shards: readonly string[] | null;
  }>(
    `select run_id, runs.job, scheduled_for, cause, force, state, backfill_id, assets, customers, shards
     from ops.runs
     left join ops.backfills using (backfill_id)
     where state in ('queued', 'running') and ($1::uuid is null or backfill_id = $1) and (
       select count(*) from ops.runs as before
       where before.job = runs.job and before.run_id <> runs.run_id and before.state in ('queued', 'running')
         and case runs.cause
           when 'schedule' then before.cause = 'schedule' and before.scheduled_for < runs.scheduled_for
           when 'upstream' then before.cause <> 'upstream' or before.scheduled_for < runs.scheduled_for
           when 'backfill' then before.cause = 'backfill' and before.backfill_id is not distinct from runs.backfill_id
             and before.scheduled_for < runs.scheduled_for
           else false
         end) < coalesce(concurrency, 1)
       and (cause <> 'backfill' or not exists (
         select from ops.runs as other
         where other.job = runs.job and other.cause <> 'backfill' and other.state in ('queued', 'running')))
     order by case cause when 'manual' then 0 when 'backfill' then 2 else 1 end, scheduled_for, runs.job`,
    [backfillId ?? null],
  );
  return rows.map((row) => ({
    runId: row.run_id,
    job: row.job,
    scheduledFor: row.scheduled_for,
    cause: row.cause,
    force: row.force,
    selection:
      row.backfill_id === null || row.assets === null
        ? null
        : { backfillId: row.backfill_id, assets: row.assets, customers: row.customers, shards: row.shards },
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
       where task_id in (
         -- In the one order in which tasks are locked everywhere.
         select task_id from ops.tasks where run_id = $1 and state in ('queued', 'running') order by task_id for update)
       returning 1
     ), open_steps as (
       update ops.steps set state = 'cancelled', finished_at = $4, error_class = $3
       where run_id = $1 and state in ('queued', 'running') returning 1
     )
     update ops.runs set state = $2, reason = $3, finished_at = $4 where run_id = $1 and state in ('queued', 'running')`,
    [runId, end.state, end.reason, end.now],
  );
}
