import type { TaskProgress, Transaction } from '../asset.ts';
import { FencedError } from '../errors.ts';

/**
 * One statement for all tasks of a batch; those that are another worker's by now are left as they are. Rows are locked in one order
 * everywhere, so that workers wait for each other and never in a circle.
 */
const COMMIT_PROGRESS = `
with given as (
  select * from jsonb_to_recordset($1::jsonb) as given (
    task_id uuid, attempt integer, cursor text, counters jsonb, is_last boolean, table_name text, touched_days date[],
    quarantined jsonb, committed_at timestamptz
  )
), held as (
  select task_id, attempt
  from ops.tasks
  join given using (task_id, attempt)
  where tasks.state = 'running'
  order by task_id
  for update of tasks
), progressed as (
  update ops.tasks
  set cursor = given.cursor, counters = given.counters,
      state = case when given.is_last then 'succeeded' else state end,
      finished_at = case when given.is_last then given.committed_at end
  from held join given using (task_id, attempt)
  where tasks.task_id = held.task_id
  returning tasks.task_id, tasks.attempt, tasks.run_id, tasks.asset, tasks.task_key
), days as (
  insert into ops.touched_days (table_name, day, run_id, touched_at)
  select distinct on (given.table_name, touched.day, progressed.run_id)
    given.table_name, touched.day, progressed.run_id, given.committed_at
  from progressed join given using (task_id, attempt), unnest(given.touched_days) as touched (day)
), rejected as (
  insert into ops.quarantine (run_id, asset, task_key, position, reason, created_at)
  select progressed.run_id, progressed.asset, progressed.task_key, refused.position, refused.reason, given.committed_at
  from progressed join given using (task_id, attempt),
    jsonb_to_recordset(given.quarantined) as refused (position text, reason text)
)
select task_id, attempt from progressed`;

/**
 * Writes cursors, counters, touched days and quarantined rows of several tasks in the transaction that holds their rows.
 *
 * @throws FencedError if one of them was claimed by somebody else meanwhile: the transaction must then be rolled back.
 */
export async function commitProgress(tx: Transaction, progress: readonly TaskProgress[]): Promise<void> {
  if (progress.length === 0) return;
  const given = progress.map((task) => ({
    task_id: task.taskId,
    attempt: task.attempt,
    cursor: task.isLast ? null : task.cursor,
    counters: task.counters,
    is_last: task.isLast,
    table_name: task.table,
    touched_days: task.touchedDays,
    quarantined: task.quarantined,
    committed_at: task.committedAt,
  }));
  const { rows } = await tx.query(COMMIT_PROGRESS, [JSON.stringify(given)]);
  const written = new Set(rows.map((row) => `${String(row['task_id'])} ${String(row['attempt'])}`));
  const fenced = progress.find(({ taskId, attempt }) => !written.has(`${taskId} ${String(attempt)}`));
  if (fenced) throw new FencedError(fenced.taskKey);
}
