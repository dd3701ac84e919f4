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
  // One fault ends the loop, and with it what the other tasks in hand are doing.
  const fault = new AbortController();
  const signal = AbortSignal.any([options.signal, fault.signal]);
  const touching = setInterval(() => {
    // A missed touch is made good by the next one; a queue that is gone for longer ends the loop at its next request.
    void queue.touch([...working.keys(), ...waiting.map(({ jobId }) => jobId)]).catch(() => undefined);
  }, TOUCH_EVERY_MS);

  const work = async ({ jobId, announcement }: ReceivedAnnouncement): Promise<void> => {
    try {
      const { taskId, runId, runAttempt: attempt } = announcement;
      const result = await runTask(environment, announcement, signal);
      if (result.outcome.state === 'to_retry' && result.task) {
        const shard = result.task.definition.shard;
        await queue.announce([{ taskId, shard }], { runId, attempt }, RETRY_AFTER_SECONDS * result.task.tries);
      }
      ended.push(jobId);
      options.onResult(result);
    } catch (error) {
      fault.abort(error);
    } finally {
      working.delete(jobId);
    }
  };

  // Asking costs a query over the queue: so announcements are taken, and settled, many at a time.
  let askAgainMs = 0;
  const refill = async (): Promise<void> => {
    if (waiting.length >= concurrency.tasks || performance.now() < askAgainMs) return;
    await queue.settle(ended.splice(0));
    const taken = await queue.take(2 * concurrency.tasks - waiting.length, concurrency.tasksPerShard);
    // The queue gives out again what it heard nothing of for long: what is in hand here stays where it is.
    waiting.push(...taken.filter(({ jobId }) => !working.has(jobId)));
    askAgainMs = taken.length === 0 ? performance.now() + IDLE_POLL_MS : 0;
  };

  try {
    while (!options.isDone() && !signal.aborted) {
      await refill();
      for (const received of waiting.splice(0, concurrency.tasks - working.size)) {
        working.set(received.jobId, work(received));
      }
      if (working.size === 0) await options.onIdle();
      await Promise.race([sleep(IDLE_POLL_MS), ...working.values()]);
    }
  } catch (error) {
    fault.abort(error);
  } finally {
    await Promise.all(working.values());
    clearInterval(touching);
  }
  if (fault.signal.aborted) throw asError(fault.signal.reason);
  await queue.settle(ended);
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(describeError(reason).message);
}
