import { describeError, isTransient, type Clock, type ErrorFacts } from '@ovis/foundation';
import type { Pool } from 'pg';
import type { ExtractAsset, Progress, TaskContext } from '../asset.ts';
import { FencedError, OrchestratorError, TaskDeadlineError } from '../errors.ts';
import type { ClaimedTask } from '../run-log/claim-tasks.ts';
import { endTask } from '../run-log/end-task.ts';
import { recordEvent } from '../run-log/record-event.ts';

/** How one attempt at a task ended. `obsolete`: it was done already, or somebody else has it. */
export type TaskOutcome =
  | { readonly state: 'succeeded' | 'obsolete' | 'handed_back' }
  | { readonly state: 'failed' | 'to_retry'; readonly error: ErrorFacts };

/** A task that was worked on. */
export interface TaskResult {
  readonly taskId: string;
  readonly outcome: TaskOutcome;
  /** Null if it could not be claimed. */
  readonly task: ClaimedTask | null;
}

/** What a worker needs to execute tasks, of whichever run they are. */
export interface TaskEnvironment<Resources> {
  readonly pool: Pool;
  /** This process, among those that work on tasks. */
  readonly workerId: string;
  readonly clock: Clock;
  readonly resources: Resources;
  /** What it can load; tasks of other assets are left alone. */
  readonly assets: readonly ExtractAsset<Resources>[];
  /** How often a task is tried in one execution of a run when it fails for a reason that may pass. */
  readonly maxTries: number;
  /** Milliseconds after which an attempt at a task is broken off; its next one goes on at the cursor. */
  readonly taskDeadlineMs: number;
}

/**
 * Loads a task that this worker has claimed, and writes how that ended. Never throws for what happens inside the task; a database that
 * cannot be reached for the bookkeeping itself does throw.
 */
export async function runTask<Resources>(
  environment: TaskEnvironment<Resources>,
  task: ClaimedTask,
  signal: AbortSignal,
): Promise<TaskResult> {
  const { taskId } = task;
  const asset = environment.assets.find(({ name }) => name === task.asset);
  let isEnded = false;
  const deadline = new AbortController();
  const timer = setTimeout(
    () => deadline.abort(new TaskDeadlineError(task.definition.key, environment.taskDeadlineMs)),
    environment.taskDeadlineMs,
  );
  const working = AbortSignal.any([signal, deadline.signal]);
  const onProgress = ({ isLast }: Progress): void => {
    isEnded = isLast;
  };
  try {
    if (!asset)
      throw new OrchestratorError(`task ${task.definition.key} is of an asset unknown here: ${task.asset}`, 'terminal');
    await asset.load(contextOf(environment, task, working, onProgress));
    // Otherwise the task would stay open, and its step would pass for loaded.
    if (!isEnded) throw new OrchestratorError(`task ${task.definition.key} ended without its last commit`, 'terminal');
    return { taskId, outcome: { state: 'succeeded' }, task };
  } catch (error) {
    const cause = deadline.signal.aborted && !signal.aborted ? deadline.signal.reason : error;
    return { taskId, outcome: await endAfterError(environment, task, cause, signal), task };
  } finally {
    clearTimeout(timer);
  }
}

function contextOf<Resources>(
  environment: TaskEnvironment<Resources>,
  task: ClaimedTask,
  signal: AbortSignal,
  onProgress: (progress: Progress) => void,
): TaskContext<Resources> {
  return {
    resources: environment.resources,
    clock: environment.clock,
    runId: task.runId,
    runAttempt: task.runAttempt,
    scheduledFor: task.scheduledFor,
    isBackfill: task.isBackfill,
    signal,
    task: task.definition,
    cursor: task.cursor,
    counters: task.counters,
    progress: (progress) => {
      onProgress(progress);
      const { taskId, attempt, counters, definition } = task;
      return { ...progress, taskId, attempt, counters, taskKey: definition.key, committedAt: environment.clock.now() };
    },
  };
}

async function endAfterError<Resources>(
  environment: TaskEnvironment<Resources>,
  task: ClaimedTask,
  error: unknown,
  signal: AbortSignal,
): Promise<TaskOutcome> {
  if (error instanceof FencedError) return { state: 'obsolete' };
  const facts = describeError(error);
  const isHandedBack = signal.aborted;
  const isToRetry = !isHandedBack && isTransient(error) && task.tries < environment.maxTries;
  const state = isHandedBack || isToRetry ? 'queued' : 'failed';
  const isOurs = await endTask(environment.pool, task, {
    state,
    error: facts,
    counters: task.counters,
    now: environment.clock.now(),
    isHandedBack,
  });
  if (!isOurs) return { state: 'obsolete' };
  if (isHandedBack) return { state: 'handed_back' };
  if (isToRetry) return { state: 'to_retry', error: facts };
  // The task forgets its error when it is done again; the events remember it.
  const { runId, asset, definition, tries } = task;
  const event = { runId, asset, taskKey: definition.key, kind: 'task_failed' } as const;
  const detail = { errorClass: facts.errorClass, message: facts.message, tries };
  await recordEvent(environment.pool, { ...event, detail }, environment.clock.now());
  return { state: 'failed', error: facts };
}
