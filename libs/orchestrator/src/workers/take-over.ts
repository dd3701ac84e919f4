import type { Pool } from 'pg';
import { TaskQueue } from '../task-queue.ts';
import type { Presence } from './presence.ts';

const PRIORITY = 1;

/**
 * Says that this process lives, and announces anew what dead ones had in hand.
 *
 * @returns how many tasks that were.
 */
export async function beatAndTakeOver(pool: Pool, presence: Presence): Promise<number> {
  const orphans = await presence.beat();
  if (orphans.length === 0) return 0;
  await using queue = await TaskQueue.open(pool, () => undefined);
  // Until then the queue counts them as in work.
  await queue.settle(orphans.flatMap(({ announcementId }) => announcementId ?? []));
  for (const [runId, tasks] of Map.groupBy(orphans, (orphan) => orphan.runId)) {
    const queued = tasks.map(({ taskId, shard }) => ({ taskId, shard, size: 0 }));
    await queue.announce(queued, { runId, attempt: tasks[0]?.runAttempt ?? 0, priority: PRIORITY });
  }
  return orphans.length;
}
