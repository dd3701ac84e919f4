import type { Pool } from 'pg';
import { waitingTasks } from '../run-log/plan-tasks.ts';
import { recordEvent } from '../run-log/record-event.ts';
import { TaskQueue } from '../task-queue.ts';
import type { OrphanedTask, Presence } from './presence.ts';

/**
 * Says that this process lives, and announces anew what dead ones had in hand, as its run would.
 *
 * @returns how many tasks that were.
 */
export async function beatAndTakeOver(pool: Pool, presence: Presence): Promise<number> {
  const orphans = await presence.beat();
  if (orphans.length === 0) return 0;
  const givenUp = orphans.filter(({ isGivenUp }) => isGivenUp);
  for (const { runId, asset, taskKey } of givenUp) {
    const detail = { errorClass: 'worker_died' };
    await recordEvent(pool, { runId, asset, taskKey, kind: 'task_failed', detail }, new Date());
  }
  await using queue = await TaskQueue.open(pool, () => undefined);
  // Until then the queue counts them as in work.
  await queue.settle(orphans.flatMap(({ announcementId }) => announcementId ?? []));
  const runs = Map.groupBy(orphans, (orphan) => orphan.runId);
  for (const [runId, tasks] of runs) await announceAgain(pool, queue, { runId, tasks });
  return orphans.length;
}

async function announceAgain(
  pool: Pool,
  queue: TaskQueue,
  { runId, tasks }: { readonly runId: string; readonly tasks: readonly OrphanedTask[] },
): Promise<void> {
  const [first] = tasks;
  if (!first) return;
  const waiting = await waitingTasks(
    pool,
    runId,
    tasks.map(({ taskId }) => taskId),
  );
  await queue.announceAgain(waiting, { runId, attempt: first.runAttempt, cause: first.cause });
}
