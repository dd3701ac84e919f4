import type { Pool } from 'pg';
import type { TaskDefinition } from '../asset.ts';
import { addCounters, emptyCounters, type TaskCounters } from '../task-counters.ts';

/** A task that is this worker's until somebody else claims it. */
export interface ClaimedTask {
  readonly taskId: string;
  readonly runId: string;
  /** The execution of the run that announced it. */
  readonly runAttempt: number;
  /** The logical time of its run. */
  readonly scheduledFor: Date;
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
  readonly run_id: string;
  readonly scheduled_for: Date;
  readonly asset: string;
  readonly task_key: string;
  readonly shard: string | null;
  readonly customer_id: string | null;
  readonly attempt: number;
  readonly tries: number;
  readonly cursor: string | null;
  readonly counters: Partial<TaskCounters>;
}

/**
 * Takes a task that the queue has announced.
 *
 * @param announced the task, and the execution of its run that announced it.
 * @param worker the assets that it can load: tasks of others are left to those who can.
 * @returns null if there is nothing to do for this worker: it is done, or that execution of the run was replaced.
 */
export async function claimTask(
  pool: Pool,
  { taskId, runAttempt }: { readonly taskId: string; readonly runAttempt: number },
  worker: { readonly assets: readonly string[]; readonly now: Date },
): Promise<ClaimedTask | null> {
  const { rows } = await pool.query<TaskRow>(
    `update ops.tasks set state = 'running', attempt = tasks.attempt + 1, tries = tries + 1,
            started_at = coalesce(tasks.started_at, $3), error_class = null, error_message = null
     from ops.runs
     where task_id = $1 and tasks.state in ('queued', 'running')
       and runs.run_id = tasks.run_id and runs.attempt = $2 and runs.state = 'running' and asset = any ($4)
     returning tasks.run_id, runs.scheduled_for, asset, task_key, shard, customer_id, tasks.attempt, tries, cursor, counters`,
    [taskId, runAttempt, worker.now, worker.assets],
  );
  const row = rows[0];
  if (!row) return null;
  const counters = emptyCounters();
  addCounters(counters, row.counters);
  const definition = { key: row.task_key, shard: row.shard, customerId: row.customer_id };
  const { attempt, tries, cursor, asset } = row;
  return {
    taskId,
    runId: row.run_id,
    runAttempt,
    scheduledFor: row.scheduled_for,
    asset,
    definition,
    attempt,
    tries,
    cursor,
    counters,
  };
}
