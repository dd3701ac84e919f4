import type { Pool } from 'pg';
import type { TaskDefinition } from '../asset.ts';
import type { RunCause } from './open-run.ts';
import { addCounters, emptyCounters, type TaskCounters } from '../task-counters.ts';

/** A task that is this worker's until somebody else claims it. */
export interface ClaimedTask {
  readonly taskId: string;
  readonly runId: string;
  /** The execution of the run that announced it. */
  readonly runAttempt: number;
  /** The logical time of its run. */
  readonly scheduledFor: Date;
  readonly isBackfill: boolean;
  /** Of its run. */
  readonly cause: RunCause;
  readonly asset: string;
  readonly definition: TaskDefinition;
  /** The fencing token: writes that bear an older one are refused. */
  readonly attempt: number;
  /** How often it was tried in this execution of the run, this time included. */
  readonly tries: number;
  readonly cursor: string | null;
  readonly counters: TaskCounters;
}

interface TaskRow {
  readonly task_id: string;
  readonly run_attempt: number;
  readonly run_id: string;
  readonly scheduled_for: Date;
  readonly is_backfill: boolean;
  readonly cause: RunCause;
  readonly asset: string;
  readonly task_key: string;
  readonly shard: string | null;
  readonly customer_id: string | null;
  readonly attempt: number;
  readonly tries: number;
  readonly cursor: string | null;
  readonly counters: Partial<TaskCounters>;
}

/** Rows are locked in one order everywhere, so that workers wait for each other and never in a circle. */
const CLAIM = `
with announced as (
  select distinct on (task_id) task_id, run_attempt, announcement_id
  from unnest($1::uuid[], $2::integer[], $5::uuid[]) as announced (task_id, run_attempt, announcement_id)
), claimable as (
  select task_id, announced.run_attempt, announced.announcement_id, runs.scheduled_for,
    runs.backfill_id is not null as is_backfill, runs.cause
  from ops.tasks
  join announced using (task_id)
  join ops.runs using (run_id)
  where tasks.state = 'queued' and tasks.asset = any ($4)
    and runs.attempt = announced.run_attempt and runs.state = 'running'
  order by task_id
  for update of tasks
)
update ops.tasks
set state = 'running', attempt = tasks.attempt + 1, tries = tries + 1, started_at = coalesce(tasks.started_at, $3),
    error_class = null, error_message = null, worker_id = $6, announcement_id = claimable.announcement_id
from claimable
where tasks.task_id = claimable.task_id
returning tasks.task_id, claimable.run_attempt, tasks.run_id, claimable.scheduled_for, claimable.is_backfill, claimable.cause, asset, task_key, shard, customer_id,
  tasks.attempt, tries, cursor, counters`;

/**
 * Takes tasks that the queue has announced.
 *
 * @param announced the tasks, and the execution of its run that announced each.
 * @param worker who takes them, and the assets that it can load: tasks of others are left to those who can.
 * @returns by id, those that this worker is to do. The others are done, in hand elsewhere, or the execution of their run was replaced.
 */
export async function claimTasks(
  pool: Pool,
  announced: readonly { readonly taskId: string; readonly runAttempt: number; readonly announcementId: string }[],
  worker: { readonly workerId: string; readonly assets: readonly string[]; readonly now: Date },
): Promise<Map<string, ClaimedTask>> {
  const { rows } = await pool.query<TaskRow>(CLAIM, [
    announced.map(({ taskId }) => taskId),
    announced.map(({ runAttempt }) => runAttempt),
    worker.now,
    worker.assets,
    announced.map(({ announcementId }) => announcementId),
    worker.workerId,
  ]);
  return new Map(rows.map((row) => [row.task_id, claimedTask(row)]));
}

function claimedTask(row: TaskRow): ClaimedTask {
  const counters = emptyCounters();
  addCounters(counters, row.counters);
  const { attempt, tries, cursor, asset } = row;
  return {
    taskId: row.task_id,
    runId: row.run_id,
    runAttempt: row.run_attempt,
    scheduledFor: row.scheduled_for,
    isBackfill: row.is_backfill,
    cause: row.cause,
    asset,
    definition: { key: row.task_key, shard: row.shard, customerId: row.customer_id },
    attempt,
    tries,
    cursor,
    counters,
  };
}
