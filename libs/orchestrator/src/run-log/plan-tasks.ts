import type { ErrorFacts } from '@ovis/foundation';
import type { Pool } from 'pg';
import type { QuarantinedEntry, TaskDefinition } from '../asset.ts';
import type { TaskCounters } from '../task-counters.ts';

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
}

/**
 * The tasks of a step that have not succeeded yet.
 *
 * @param keys only these; all if undefined.
 */
export async function openTasks(
  pool: Pool,
  step: { readonly runId: string; readonly asset: string },
  keys?: readonly string[],
): Promise<readonly QueuedTask[]> {
  const { rows } = await pool.query<{ task_id: string; shard: string | null }>(
    `select task_id, shard from ops.tasks
     where run_id = $1 and asset = $2 and state in ('queued', 'running')
       and ($3::text[] is null or task_key = any ($3))`,
    [step.runId, step.asset, keys ?? null],
  );
  return rows.map((row) => ({ taskId: row.task_id, shard: row.shard }));
}

/** Of these tasks, those that have not ended yet. */
export async function stillOpen(pool: Pool, taskIds: readonly string[]): Promise<ReadonlySet<string>> {
  const { rows } = await pool.query<{ task_id: string }>(
    `select task_id from ops.tasks where task_id = any ($1::uuid[]) and state in ('queued', 'running')`,
    [taskIds],
  );
  return new Set(rows.map((row) => row.task_id));
}

/** Of these tasks, those that wait to be taken. */
export async function waitingTasks(pool: Pool, taskIds: readonly string[]): Promise<readonly QueuedTask[]> {
  const { rows } = await pool.query<{ task_id: string; shard: string | null }>(
    `select task_id, shard from ops.tasks where task_id = any ($1::uuid[]) and state = 'queued'`,
    [taskIds],
  );
  return rows.map((row) => ({ taskId: row.task_id, shard: row.shard }));
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
