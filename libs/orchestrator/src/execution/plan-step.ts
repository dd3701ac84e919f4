import { describeError } from '@ovis/foundation';
import type { ExtractAsset, QuarantinedEntry, StepContext } from '../asset.ts';
import { scopesOf, tasksOf } from '../backfill/selection.ts';
import { addTasks, openTasks, recordScope, type QueuedTask } from '../run-log/plan-tasks.ts';
import { recordEvent } from '../run-log/record-event.ts';
import { beginStep, markPlanned } from '../run-log/steps.ts';
import { emptyCounters } from '../task-counters.ts';
import type { RunContext } from './execute-run.ts';
import type { StepDeadline } from './step-deadline.ts';

/** A step whose tasks are announced. */
export interface PlannedStep {
  readonly asset: string;
  /** True if an earlier execution has loaded all of it, so that nothing is written now. */
  readonly wasDone: boolean;
}

/** Plans the step of a raw table, scope by scope, and announces its tasks as they become known. */
export async function planStep<Resources>(
  run: RunContext<Resources>,
  asset: ExtractAsset<Resources>,
  options: {
    readonly signal: AbortSignal;
    readonly late: StepDeadline;
    readonly announce: (tasks: readonly QueuedTask[]) => Promise<void>;
  },
): Promise<PlannedStep> {
  const { signal, late } = options;
  const { resources, clock, runId, attempt: runAttempt, scheduledFor, force } = run;
  const isBackfill = run.selection !== null;
  const context: StepContext<Resources> = {
    resources,
    clock,
    runId,
    runAttempt,
    scheduledFor,
    force,
    isBackfill,
    signal,
  };
  const step = { runId: run.runId, asset: asset.name };
  const { isPlanned, state } = await beginStep(run.pool, { ...step, kind: 'extract' }, run.clock.now());
  const result = { asset: asset.name, wasDone: isPlanned && state === 'succeeded' };
  const announced = new Set<string>();
  const announce = async (tasks: readonly QueuedTask[]): Promise<void> => {
    for (const { taskId } of tasks) announced.add(taskId);
    run.onEvent({ type: 'tasks_planned', asset: asset.name, tasks: tasks.length });
    await options.announce(tasks);
  };
  if (isPlanned) {
    await announce(await openTasks(run.pool, step));
    return result;
  }
  const planScope = async (scope: string): Promise<boolean> => {
    const counters = emptyCounters();
    const quarantined: QuarantinedEntry[] = [];
    try {
      for await (const portion of asset.plan(scope, { ...context, counters })) {
        context.signal.throwIfAborted();
        quarantined.push(...(portion.quarantined ?? []));
        await announce(await addTasks(run.pool, step, tasksOf(run.selection, portion.tasks), run.clock.now()));
      }
      counters.quarantined = quarantined.length;
      await recordScope(run.pool, step, scope, { error: null, counters, quarantined }, run.clock.now());
      return true;
    } catch (error) {
      if (signal.aborted && !late.isPast) return false;
      const facts = describeError(late.isPast ? late.error : error);
      await recordScope(run.pool, step, scope, { error: facts, counters, quarantined: [] }, run.clock.now());
      await recordEvent(
        run.pool,
        { ...step, taskKey: null, kind: 'scope_failed', detail: { scope, errorClass: facts.errorClass } },
        run.clock.now(),
      );
      run.onEvent({ type: 'scope_failed', asset: asset.name, scope, message: facts.message });
      return false;
    }
  };
  const planned = await Promise.all(scopesOf(run.selection, asset.scopes(run.resources)).map(planScope));
  if (!planned.every(Boolean)) return result;
  // What an interrupted execution planned and the source does not list any more: it is tried, and said, rather than left open.
  const left = (await openTasks(run.pool, step)).filter(({ taskId }) => !announced.has(taskId));
  if (left.length > 0) await announce(left);
  await markPlanned(run.pool, run.runId, asset.name);
  return result;
}
