import type { Progress, Transaction } from '../asset.ts';
import { FencedError } from '../errors.ts';
import type { TaskCounters } from '../task-counters.ts';
import type { ClaimedTask } from './claim-task.ts';

/** One statement, so that a batch costs one round trip; it changes nothing if the task is another worker's by now. */
const COMMIT_PROGRESS = `
with task as (
  update ops.tasks
  set cursor = $3, counters = $4, state = case when $5 then 'succeeded' else state end, finished_at = case when $5 then $6::timestamptz end
  where task_id = $1 and attempt = $2 and state = 'running'
  returning run_id, asset, task_key
), days as (
  insert into ops.touched_days (table_name, day, run_id, touched_at)
  select $7, touched.day, task.run_id, $6 from task, unnest($8::date[]) as touched (day)
), rejected as (
  insert into ops.quarantine (run_id, asset, task_key, position, reason, created_at)
  select task.run_id, task.asset, task.task_key, refused.position, refused.reason, $6
  from task, unnest($9::text[], $10::text[]) as refused (position, reason)
)
select from task`;

/**
 * Writes a task's cursor, counters, touched days and quarantined rows in the transaction that holds the rows.
 *
 * @param counters totals, this batch included.
 * @throws FencedError if the task was claimed by somebody else meanwhile.
 */
export async function commitProgress(
  tx: Transaction,
  task: ClaimedTask,
  progress: Progress,
  counters: TaskCounters,
  now: Date,
): Promise<void> {
  const result = await tx.query(COMMIT_PROGRESS, [
    task.taskId,
    task.attempt,
    progress.isLast ? null : progress.cursor,
    JSON.stringify(counters),
    progress.isLast,
    now,
    progress.table,
    progress.touchedDays,
    progress.quarantined.map((row) => row.position),
    progress.quarantined.map((row) => row.reason),
  ]);
  if (result.rowCount !== 1) throw new FencedError(task.definition.key);
}
