import type { ErrorFacts } from '@ovis/foundation';
import type { Pool } from 'pg';
import type { QuarantinedEntry, TaskDefinition } from '../asset.ts';
import type { TaskCounters } from '../task-counters.ts';
import { IS_SUSPECT } from './deaths.ts';

/** The key under which the run log keeps how planning a scope went. No task has it: `*` is in no identifier. */
export function scopeKey(scope: string): string {
  return `${scope}/*`;
}

/**
 * Adds tasks to a step; those that are there already stay as they are.
 *
 * @returns the ids of all given tasks that have not succeeded yet.
 */
export async function addTasks(
  pool: Pool,
  step: { readonly runId: string; readonly asset: string },
  tasks: readonly TaskDefinition[],
  now: Date,
): Promise<readonly QueuedTask[]> {
  await pool.query(
    `insert into ops.tasks (run_id, asset, task_key, shard, customer_id, state, created_at)
     select $1, $2, planned.task_key, planned.shard, planned.customer_id, 'queued', $6
     from unnest($3::text[], $4::text[], $5::text[]) as planned (task_key, shard, customer_id)
     on conflict (run_id, asset, task_key) do nothing`,
    [
      step.runId,
      step.asset,
      tasks.map((task) => task.key),
      tasks.map((task) => task.shard),
      tasks.map((task) => task.customerId),
      now,
    ],
  );
  return openTasks(
    pool,
    step,
    tasks.map((task) => task.key),
  );
}

/** A task to send to the queue. */
export interface QueuedTask {
  readonly taskId: string;
  readonly shard: string | null;
  readonly asset: string;
  readonly key: string;
  /** Whether processes died that had it in hand, and one more would be the last. */
  readonly isSuspect: boolean;
}

interface QueuedRecord {
  readonly task_id: string;
  readonly shard: string | null;
  readonly asset: string;
  readonly task_key: string;
  readonly is_suspect: boolean;
}

const QUEUED = `select task_id, shard, asset, task_key, ${IS_SUSPECT} as is_suspect from ops.tasks`;

/**
 * The tasks of a step that have not ended yet.
 *
 * @param keys only these; all if undefined.
 */
export async function openTasks(
  pool: Pool,
  step: { readonly runId: string; readonly asset: string },
  keys?: readonly string[],
): Promise<readonly QueuedTask[]> {
  const { rows } = await pool.query<QueuedRecord>(
    `${QUEUED}
     where tasks.run_id = $1 and tasks.asset = $2 and tasks.state in ('queued', 'running')
       and tasks.task_key not like '%/*'
       and ($3::text[] is null or tasks.task_key = any ($3))`,
    [step.runId, step.asset, keys ?? null],
  );
  return rows.map(queuedTask);
}

function queuedTask(row: QueuedRecord): QueuedTask {
  const { task_id: taskId, shard, asset, task_key: key, is_suspect: isSuspect } = row;
  return { taskId, shard, asset, key, isSuspect };
}

/** Of these tasks, those that have not ended yet. */
export async function stillOpen(pool: Pool, taskIds: readonly string[]): Promise<ReadonlySet<string>> {
  const { rows } = await pool.query<{ task_id: string }>(
    `select task_id from ops.tasks where task_id = any ($1::uuid[]) and state in ('queued', 'running')`,
    [taskIds],
  );
  return new Set(rows.map((row) => row.task_id));
}

/** Of these tasks of a run, those that wait to be taken. */
export async function waitingTasks(
  pool: Pool,
  runId: string,
  taskIds: readonly string[],
): Promise<readonly QueuedTask[]> {
  const { rows } = await pool.query<QueuedRecord>(
    `${QUEUED} where run_id = $1 and task_id = any ($2::uuid[]) and state = 'queued'`,
    [runId, taskIds],
  );
  return rows.map(queuedTask);
}

/** Ends the tasks of a run that nobody has in hand. @returns how many somebody has. */
export async function cancelTasks(pool: Pool, runId: string, now: Date): Promise<number> {
  await pool.query(
    `update ops.tasks set state = 'cancelled', cursor = null, finished_at = $2
     where task_id in (select task_id from ops.tasks where run_id = $1 and state = 'queued' order by task_id for update)`,
    [runId, now],
  );
  const { rows } = await pool.query<{ in_hand: number }>(
    `select count(*)::integer as in_hand from ops.tasks where run_id = $1 and state = 'running'`,
    [runId],
  );
  return rows[0]?.in_hand ?? 0;
}

/**
 * Fails what is open of a step that is over its deadline. Who has a task of it in hand lets it go within a second or two: it is not `running`
 * any more, and what is still committed of it is refused.
 */
export async function failOpenTasks(
  pool: Pool,
  step: { readonly runId: string; readonly asset: string },
  { errorClass, message }: ErrorFacts,
  now: Date,
): Promise<void> {
  await pool.query(
    `update ops.tasks set state = 'failed', cursor = null, finished_at = $5, error_class = $3, error_message = $4
     where task_id in (
       select task_id from ops.tasks where run_id = $1 and asset = $2 and state in ('queued', 'running') order by task_id for update)`,
    [step.runId, step.asset, errorClass, message, now],
  );
}

/** Of the tasks that a worker has in hand, those that it must let go: they are somebody else's, or their run is to end. */
export async function tasksToLetGo(
  pool: Pool,
  workerId: string,
  taskIds: readonly string[],
): Promise<readonly string[]> {
  if (taskIds.length === 0) return [];
  const { rows } = await pool.query<{ task_id: string }>(
    `select task_id from ops.tasks join ops.runs using (run_id)
     where task_id = any ($2::uuid[]) and (tasks.state <> 'running' or worker_id is distinct from $1 or cancel_requested_at is not null or runs.state <> 'running')`,
    [workerId, taskIds],
  );
  return rows.map((row) => row.task_id);
}

/**
 * Puts back what a worker had in hand before its work broke off.
 *
 * @returns the announcements by which it had it: the queue still counts them as in work.
 */
export async function putBackTasks(pool: Pool, workerId: string): Promise<readonly string[]> {
  const { rows } = await pool.query<{ announcement_id: string | null }>(
    `with held as (
       select task_id, announcement_id from ops.tasks where worker_id = $1 and state = 'running' order by task_id for update
     )
     update ops.tasks set state = 'queued', worker_id = null, announcement_id = null
     from held where tasks.task_id = held.task_id
     returning held.announcement_id`,
    [workerId],
  );
  return rows.flatMap((row) => row.announcement_id ?? []);
}

/** How planning a scope ended. */
export interface ScopeEnd {
  /** Null if all its tasks are known. */
  readonly error: ErrorFacts | null;
  readonly counters: TaskCounters;
  readonly quarantined: readonly QuarantinedEntry[];
}

/** Keeps how planning a scope ended, in place of what an earlier execution kept of it. */
export async function recordScope(
  pool: Pool,
  step: { readonly runId: string; readonly asset: string },
  scope: string,
  { error, counters, quarantined }: ScopeEnd,
  now: Date,
): Promise<void> {
  await pool.query(
    `with planned as (
       insert into ops.tasks (run_id, asset, task_key, shard, state, counters, error_class, error_message, created_at, finished_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)
       on conflict (run_id, asset, task_key) do update
         set state = excluded.state, counters = excluded.counters, error_class = excluded.error_class,
             error_message = excluded.error_message, finished_at = excluded.finished_at
     ), forgotten as (
       delete from ops.quarantine where run_id = $1 and asset = $2 and task_key = $3
     )
     insert into ops.quarantine (run_id, asset, task_key, position, reason, created_at)
     select $1, $2, $3, refused.position, refused.reason, $9
     from unnest($10::text[], $11::text[]) as refused (position, reason)`,
    [
      step.runId,
      step.asset,
      scopeKey(scope),
      scope,
      error ? 'failed' : 'succeeded',
      JSON.stringify(counters),
      error?.errorClass ?? null,
      error?.message ?? null,
      now,
      quarantined.map((entry) => entry.position),
      quarantined.map((entry) => entry.reason),
    ],
  );
}
