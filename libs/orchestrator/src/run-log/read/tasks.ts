import type { Pool } from 'pg';
import { IS_TASK } from './run-detail.ts';

export type TaskState = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled';

/** A task as the run log has it. Its cursor, which comes from outside, stays there. */
export interface TaskSummary {
  readonly taskId: string;
  readonly asset: string;
  readonly key: string;
  /** `scope`: how listing the tasks of a part of the source ended. */
  readonly kind: 'task' | 'scope';
  readonly shard: string | null;
  readonly customerId: string | null;
  readonly state: TaskState;
  /** How often it was taken in hand, over all executions of its run. */
  readonly attempt: number;
  /** How often in the present one. */
  readonly tries: number;
  readonly errorClass: string | null;
  /** What went wrong, without values of rows; null otherwise. */
  readonly errorMessage: string | null;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
}

/** Which tasks of a run are wanted; what is not given does not limit. */
export interface TaskFilter {
  readonly runId: string;
  readonly states?: readonly TaskState[];
  readonly asset?: string;
  readonly errorClass?: string;
}

/** A place in the list of a run's tasks: that of the last one on a page. */
export interface TaskPosition {
  readonly asset: string;
  readonly key: string;
}

/**
 * Lists tasks of a run by asset and key.
 *
 * @param page.after the last task of the page before.
 */
export async function listTasks(
  pool: Pool,
  filter: TaskFilter,
  page: { readonly after?: TaskPosition; readonly atMost: number },
): Promise<readonly TaskSummary[]> {
  const { rows } = await pool.query<{
    task_id: string;
    asset: string;
    task_key: string;
    is_task: boolean;
    shard: string | null;
    customer_id: string | null;
    state: TaskState;
    attempt: number;
    tries: number;
    error_class: string | null;
    error_message: string | null;
    started_at: Date | null;
    finished_at: Date | null;
  }>(
    `select task_id, asset, task_key, ${IS_TASK} as is_task, shard, customer_id, state, attempt, tries, error_class, error_message,
       started_at, finished_at
     from ops.tasks
     where run_id = $1 and ($2::text[] is null or state = any ($2)) and ($3::text is null or asset = $3)
       and ($4::text is null or error_class = $4) and ($5::text is null or (asset, task_key) > ($5, $6))
     order by asset, task_key
     limit $7`,
    [
      filter.runId,
      filter.states ?? null,
      filter.asset ?? null,
      filter.errorClass ?? null,
      page.after?.asset ?? null,
      page.after?.key ?? null,
      page.atMost,
    ],
  );
  return rows.map((row) => ({
    taskId: row.task_id,
    asset: row.asset,
    key: row.task_key,
    kind: row.is_task ? 'task' : 'scope',
    shard: row.shard,
    customerId: row.customer_id,
    state: row.state,
    attempt: row.attempt,
    tries: row.tries,
    errorClass: row.error_class,
    errorMessage: row.error_message,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
  }));
}
