import { setImmediate as othersEnd, setTimeout as sleep } from 'node:timers/promises';
import { describeError } from '@ovis/foundation';
import { claimTasks, type ClaimedTask } from '../run-log/claim-tasks.ts';
import { putBackTasks, tasksToLetGo } from '../run-log/plan-tasks.ts';
import type { ReceivedAnnouncement, TaskQueue } from '../task-queue.ts';
import { runTask, type TaskEnvironment, type TaskResult } from './run-task.ts';

const IDLE_POLL_MS = 200;
const TOUCH_EVERY_MS = 5_000;
/** How often it is looked whether what is in hand is still wanted. */
const LOOK_EVERY_MS = 1_000;
const RETRY_AFTER_SECONDS = 1;

/** How much is worked on at the same time. */
export interface Concurrency {
  /** Tasks in this process. */
  readonly tasks: number;
  /** Tasks of one shard, over all processes. */
  readonly tasksPerShard: number;
}

/**
 * Works on announced tasks, of this run and of others that share the queue, until `isDone` says that none of its own
 * is left, asking the queue for more whenever there is room.
 *
 * @param onResult called after each attempt, whatever came of it.
 * @throws what the bookkeeping or the queue throws; tasks in hand have ended by then.
 */
export async function workOff<Resources>(options: {
  readonly queue: TaskQueue;
  readonly environment: TaskEnvironment<Resources>;
  readonly concurrency: Concurrency;
  readonly signal: AbortSignal;
  readonly isDone: () => boolean;
  readonly onResult: (result: TaskResult) => void;
  /** Called while there is nothing to take and nothing in hand: another process may be working on what is open. */
  readonly onIdle: () => Promise<void>;
}): Promise<void> {
  const { queue, environment, concurrency } = options;
  const waiting: ReceivedAnnouncement[] = [];
  const working = new Map<string, Promise<void>>();
  const ended: string[] = [];
  /** Announcements in hand of tasks that several processes died with. */
  const suspects = new Set<string>();
  /** The tasks that are worked on here, and what breaks each of them off. */
  const inHand = new Map<string, AbortController>();
  // One fault ends the loop, and with it what the other tasks in hand are doing.
  const fault = new AbortController();
  const signal = AbortSignal.any([options.signal, fault.signal]);
  const touching = setInterval(() => {
    // A missed touch is made good by the next one; a queue that is gone for longer ends the loop at its next request.
    void queue.touch([...working.keys(), ...waiting.map(({ jobId }) => jobId)]).catch(() => undefined);
  }, TOUCH_EVERY_MS);
  const looking = setInterval(() => {
    void tasksToLetGo(environment.pool, environment.workerId, [...inHand.keys()]).then(
      (taskIds) => taskIds.forEach((taskId) => inHand.get(taskId)?.abort()),
      () => undefined,
    );
  }, LOOK_EVERY_MS);

  const claim = (received: readonly ReceivedAnnouncement[]): Promise<Map<string, ClaimedTask>> => {
    const { pool, clock, assets, workerId } = environment;
    const announced = received.map(({ jobId, announcement }) => ({ ...announcement, announcementId: jobId }));
    return claimTasks(pool, announced, { workerId, assets: assets.map(({ name }) => name), now: clock.now() });
  };

  const work = async (
    { jobId, announcement }: ReceivedAnnouncement,
    claiming: Promise<Map<string, ClaimedTask>>,
  ): Promise<void> => {
    // Of two announcements in one round the second is obsolete, and must not end what the first holds.
    const isFirst = !inHand.has(announcement.taskId);
    const letGo = new AbortController();
    if (isFirst) inHand.set(announcement.taskId, letGo);
    try {
      const { taskId, runId, runAttempt: attempt } = announcement;
      const claimed = await claiming;
      const task = claimed.get(taskId);
      // Announced twice, it is done once.
      claimed.delete(taskId);
      const result: TaskResult = task
        ? await runTask(environment, task, AbortSignal.any([signal, letGo.signal]))
        : { taskId, outcome: { state: 'obsolete' }, task: null };
      if (result.outcome.state === 'to_retry' && result.task) {
        const { definition, cause, tries } = result.task;
        const isSuspect = announcement.isSuspect === true;
        const again = { taskId, shard: definition.shard, asset: result.task.asset, key: definition.key, isSuspect };
        const delay = RETRY_AFTER_SECONDS * 2 ** (tries - 1);
        await queue.announceAgain([again], { runId, attempt, cause }, delay);
      }
      ended.push(jobId);
      options.onResult(result);
    } catch (error) {
      fault.abort(error);
    } finally {
      if (isFirst) inHand.delete(announcement.taskId);
      working.delete(jobId);
      suspects.delete(jobId);
    }
  };

  // Asking costs a query over the queue: so announcements are taken, and settled, many at a time.
  let askAgainMs = 0;
  const refill = async (): Promise<void> => {
    if (waiting.length > concurrency.tasks / 2 || performance.now() < askAgainMs) return;
    await queue.settle(ended.splice(0));
    const taken = await queue.take(2 * concurrency.tasks - waiting.length, concurrency.tasksPerShard);
    for (const received of taken) {
      // The queue gives out again what it heard nothing of for long: what is in hand here stays where it is.
      if (working.has(received.jobId)) continue;
      // Announced twice, while it is in hand: a second claim would fence off the first.
      if (inHand.has(received.announcement.taskId)) ended.push(received.jobId);
      else waiting.push(received);
    }
    askAgainMs = taken.length === 0 ? performance.now() + IDLE_POLL_MS : 0;
  };

  try {
    // What this process had in hand when its work broke off the last time.
    await queue.settle(await putBackTasks(environment.pool, environment.workerId));
    while (!options.isDone() && !signal.aborted) {
      await refill();
      const next = takeNext(waiting, concurrency.tasks - working.size, suspects.size > 0);
      if (next.length > 0) {
        const claiming = claim(next);
        for (const received of next) {
          if (received.announcement.isSuspect === true) suspects.add(received.jobId);
          working.set(received.jobId, work(received, claiming));
        }
      }
      if (working.size === 0) await options.onIdle();
      await Promise.race([sleep(IDLE_POLL_MS), ...working.values()]);
      // Tasks end in groups, with the transaction that holds their last rows: their successors are claimed together.
      await othersEnd();
    }
  } catch (error) {
    fault.abort(error);
  } finally {
    await Promise.all(working.values());
    clearInterval(touching);
    clearInterval(looking);
  }
  // What was taken and not begun is announced again by the run's leader, once the queue knows nothing of it.
  const settled = queue.settle([...ended, ...waiting.map(({ jobId }) => jobId)]);
  if (fault.signal.aborted) {
    await settled.catch(() => undefined);
    throw asError(fault.signal.reason);
  }
  await settled;
}

/** Takes from the front, at most one that several processes died with, and none while another one is in hand. */
export function takeNext(
  waiting: ReceivedAnnouncement[],
  atMost: number,
  hasSuspect: boolean,
): readonly ReceivedAnnouncement[] {
  const next: ReceivedAnnouncement[] = [];
  let isFull = hasSuspect;
  for (let index = 0; index < waiting.length && next.length < atMost;) {
    const received = waiting[index];
    const isSuspect = received?.announcement.isSuspect === true;
    if (!received || (isSuspect && isFull)) index += 1;
    else {
      isFull ||= isSuspect;
      next.push(...waiting.splice(index, 1));
    }
  }
  return next;
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(describeError(reason).message);
}
