import type { ErrorFacts } from '@ovis/foundation';
import type { Pool } from 'pg';
import { trafficOf, type TaskCounters } from '../task-counters.ts';
import type { ClaimedTask } from './claim-tasks.ts';

/**
 * Ends an attempt that did not reach its last commit: the task fails, or goes back to the queue. Of the counters only the
 * traffic is taken over: what was counted about rows that were never committed is counted again when they are.
 *
 * @returns false if the task is somebody else's by now.
 */
export async function endTask(
  pool: Pool,
  task: ClaimedTask,
  end: {
    readonly state: 'failed' | 'queued';
    readonly error: ErrorFacts | null;
    readonly counters: TaskCounters;
    readonly now: Date;
    /** Whether the attempt was broken off from here, so that it does not count as a try. */
    readonly isHandedBack: boolean;
  },
): Promise<boolean> {
  const result = await pool.query(
    `update ops.tasks set state = $3, error_class = $4, error_message = $5, counters = counters || $6::jsonb,
            cursor = case when $3 = 'failed' then null else cursor end,
            finished_at = case when $3 = 'failed' then $7::timestamptz end,
            tries = tries - case when $8 then 1 else 0 end
     where task_id = $1 and attempt = $2 and state = 'running'`,
    [
      task.taskId,
      task.attempt,
      end.state,
      end.error?.errorClass ?? null,
      end.error?.message ?? null,
      JSON.stringify(trafficOf(end.counters)),
      end.now,
      end.isHandedBack,
    ],
  );
  return result.rowCount === 1;
}
