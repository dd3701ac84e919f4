import { setTimeout as sleep } from 'node:timers/promises';
import { describeError } from '@ovis/foundation';
import type { ReceivedAnnouncement, TaskQueue } from '../task-queue.ts';
import { runTask, type TaskEnvironment, type TaskResult } from './run-task.ts';

const IDLE_POLL_MS = 200;
const TOUCH_EVERY_MS = 5_000;
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
 * @param onResult called after each attempt, before its announcement is settled.
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
  const inHand = new Map<string, Promise<void>>();
  // One fault ends the loop, and with it what the other tasks in hand are doing.
  const fault = new AbortController();
  const signal = AbortSignal.any([options.signal, fault.signal]);
  const touching = setInterval(() => {
    // A missed touch is made good by the next one; a queue that is gone for longer ends the loop at its next request.
    void queue.touch([...inHand.keys()]).catch(() => undefined);
  }, TOUCH_EVERY_MS);

  const work = async ({ jobId, announcement }: ReceivedAnnouncement): Promise<void> => {
    try {
      const { taskId, runId, runAttempt: attempt } = announcement;
      const result = await runTask(environment, announcement, signal);
      if (result.outcome.state === 'to_retry' && result.task) {
        const shard = result.task.definition.shard;
        await queue.announce([{ taskId, shard }], { runId, attempt }, RETRY_AFTER_SECONDS * result.task.tries);
      }
      options.onResult(result);
      await queue.settle([jobId]);
    } catch (error) {
      fault.abort(error);
    } finally {
      inHand.delete(jobId);
    }
  };

  try {
    while (!options.isDone() && !signal.aborted) {
      const room = concurrency.tasks - inHand.size;
      const taken = room > 0 ? await queue.take(room, concurrency.tasksPerShard) : [];
      for (const received of taken) inHand.set(received.jobId, work(received));
      if (taken.length > 0) continue;
      if (inHand.size === 0) await options.onIdle();
      await Promise.race([sleep(IDLE_POLL_MS), ...inHand.values()]);
    }
  } catch (error) {
    fault.abort(error);
  } finally {
    await Promise.all(inHand.values());
    clearInterval(touching);
  }
  if (fault.signal.aborted) throw asError(fault.signal.reason);
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(describeError(reason).message);
}
