import { setTimeout as sleep } from 'node:timers/promises';
import { describeError } from '@ovis/foundation';
import type { ExtractAsset, QuarantinedEntry, StepContext } from '../asset.ts';
import { isLimited, scopesOf, tasksOf } from '../backfill/selection.ts';
import { judgeStep } from '../failure-limit.ts';
import { RunHandedBack } from '../errors.ts';
import {
  addTasks,
  cancelTasks,
  openTasks,
  recordScope,
  stillOpen,
  waitingTasks,
  type QueuedTask,
} from '../run-log/plan-tasks.ts';
import { recordEvent } from '../run-log/record-event.ts';
import { recordMaterialization } from '../run-log/record-materialization.ts';
import { beginStep, finishStep, markPlanned } from '../run-log/steps.ts';
import { readStepTotals } from '../run-log/step-totals.ts';
import { emptyCounters } from '../task-counters.ts';
import type { AnnouncingRun, TaskQueue } from '../task-queue.ts';
import type { RunContext } from './execute-run.ts';
import type { StepReport } from './report.ts';
import type { TaskResult } from './run-task.ts';
import { workOff } from './work-off.ts';

const MAX_TRIES = 2;
/** How long no task ends before the queue is compared with the run log. */
const LOOK_FOR_LOST_AFTER_MS = 2_000;
/** How often the run log is asked which tasks have ended elsewhere. */
const FOLLOW_EVERY_MS = 300;

/**
 * Loads the raw tables of the run's job: plans all of them at once and works on tasks as soon as they are known.
 *
 * @param assertHeld throws if this process has lost the run's lock, so that it must not write how its steps ended.
 */
export async function loadAssets<Resources>(
  run: RunContext<Resources>,
  queue: TaskQueue,
  assertHeld: () => void,
): Promise<readonly StepReport[]> {
  const assets = run.catalog.assets.filter(
    (asset) => run.job.assets.includes(asset.name) && (run.selection?.assets.includes(asset.name) ?? true),
  );
  const available = assets.filter((asset) => asset.unavailable(run.resources) === null);
  const tracker = new OpenTasks();
  const startedAt = run.clock.now();
  const stop = new AbortController();
  const signal = AbortSignal.any([run.signal, stop.signal]);
  const { resources, clock, runId, attempt: runAttempt, scheduledFor, force } = run;
  const isBackfill = run.selection !== null;
  const step: StepContext<Resources> = { resources, clock, runId, runAttempt, scheduledFor, force, isBackfill, signal };
  const planning = Promise.all(
    available.map((asset) => planStep(run, asset, step, (tasks) => tracker.announce(queue, tasks, run))),
  )
    .finally(() => {
      tracker.isPlanned = true;
    })
    .catch((error: unknown) => {
      stop.abort();
      throw error;
    });
  const look = lookForOthers(run, queue, tracker);
  const working = (
    run.worksHere
      ? workOff({
          queue,
          environment: { ...run, maxTries: MAX_TRIES, assets: available },
          concurrency: run.concurrency,
          signal,
          isDone: () => tracker.isDone,
          onIdle: look,
          onResult: (result) => {
            tracker.settle(result);
            reportTask(run, result);
          },
        })
      : follow(tracker, look, signal)
  ).catch((error: unknown) => {
    stop.abort();
    throw error;
  });
  const [planned, worked] = await Promise.allSettled([planning, working]);
  if (worked.status === 'rejected') throw worked.reason;
  if (planned.status === 'rejected') throw planned.reason;
  if (run.isHandedBack()) throw new RunHandedBack(run.job.name);
  if (run.isCancelled()) await cancelOpenTasks(run);
  const loadedBefore = new Set(planned.value.filter((step) => step.wasDone).map((step) => step.asset));
  assertHeld();
  return Promise.all(
    assets.map((asset) => {
      const reason = asset.unavailable(run.resources);
      if (reason !== null) return skipStep(run, asset, reason);
      return closeStep(run, asset, { startedAt, wasDone: loadedBefore.has(asset.name) });
    }),
  );
}

/** Waits while other processes, or this one's worker, work on the run's tasks. */
async function follow(tracker: OpenTasks, look: () => Promise<void>, signal: AbortSignal): Promise<void> {
  while (!tracker.isDone && !signal.aborted) {
    await sleep(FOLLOW_EVERY_MS, undefined, { signal }).catch(() => undefined);
    if (!signal.aborted) await look();
  }
}

/**
 * Learns which tasks have ended elsewhere; where none has for a while, announces again what waits although the queue knows nothing of it:
 * another process took its announcement and handed the task back, or cannot load it.
 */
function lookForOthers<Resources>(
  run: RunContext<Resources>,
  queue: TaskQueue,
  tracker: OpenTasks,
): () => Promise<void> {
  let lastChangeMs = performance.now();
  return async () => {
    const asked = tracker.openIds;
    tracker.dropEnded(asked, await stillOpen(run.pool, asked));
    if (tracker.openIds.length < asked.length) lastChangeMs = performance.now();
    if (performance.now() - lastChangeMs < LOOK_FOR_LOST_AFTER_MS) return;
    lastChangeMs = performance.now();
    const waiting = await waitingTasks(run.pool, run.runId, tracker.openIds);
    if (waiting.length === 0) return;
    const announced = await queue.announcedTasks(run);
    const lost = waiting.filter(({ taskId }) => !announced.has(taskId));
    await queue.announce(lost, run);
  };
}

const LETTING_GO_MS = 10_000;

/** Ends what is open of a cancelled run; what is in hand somewhere is let go there within a second or two. */
async function cancelOpenTasks<Resources>({ pool, runId, clock }: RunContext<Resources>): Promise<void> {
  const startedMs = performance.now();
  while ((await cancelTasks(pool, runId, clock.now())) > 0 && performance.now() - startedMs < LETTING_GO_MS) {
    await sleep(FOLLOW_EVERY_MS);
  }
}

/** Which tasks of the run are announced and not ended; work is over when planning is and none is left. */
class OpenTasks {
  isPlanned = false;
  readonly #open = new Set<string>();

  get isDone(): boolean {
    return this.isPlanned && this.#open.size === 0;
  }

  async announce(queue: TaskQueue, tasks: readonly QueuedTask[], run: AnnouncingRun): Promise<void> {
    // Before the queue knows of them, so that none can end before it counts as open.
    for (const task of tasks) this.#open.add(task.taskId);
    await queue.announce(tasks, run);
  }

  get openIds(): readonly string[] {
    return [...this.#open];
  }

  /** Drops those that another process has ended. Only what was asked about: more may have been planned meanwhile. */
  dropEnded(asked: readonly string[], stillOpen: ReadonlySet<string>): void {
    for (const taskId of asked) if (!stillOpen.has(taskId)) this.#open.delete(taskId);
  }

  settle({ outcome, taskId }: TaskResult): void {
    // An obsolete announcement says nothing about the task: the run log does, when there is nothing else to do.
    if (outcome.state === 'succeeded' || outcome.state === 'failed') this.#open.delete(taskId);
  }
}

async function planStep<Resources>(
  run: RunContext<Resources>,
  asset: ExtractAsset<Resources>,
  context: StepContext<Resources>,
  queueTasks: (tasks: readonly QueuedTask[]) => Promise<void>,
): Promise<PlannedStep> {
  const step = { runId: run.runId, asset: asset.name };
  const { isPlanned, state } = await beginStep(run.pool, { ...step, kind: 'extract' }, run.clock.now());
  const result = { asset: asset.name, wasDone: isPlanned && state === 'succeeded' };
  const announced = new Set<string>();
  const announce = async (tasks: readonly QueuedTask[]): Promise<void> => {
    for (const { taskId } of tasks) announced.add(taskId);
    run.onEvent({ type: 'tasks_planned', asset: asset.name, tasks: tasks.length });
    await queueTasks(tasks);
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
        quarantined.push(...(portion.quarantined ?? []));
        await announce(await addTasks(run.pool, step, tasksOf(run.selection, portion.tasks), run.clock.now()));
      }
      counters.quarantined = quarantined.length;
      await recordScope(run.pool, step, scope, { error: null, counters, quarantined }, run.clock.now());
      return true;
    } catch (error) {
      if (context.signal.aborted) return false;
      const facts = describeError(error);
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

/** A step whose tasks are announced. */
interface PlannedStep {
  readonly asset: string;
  /** True if an earlier execution has loaded all of it, so that nothing is written now. */
  readonly wasDone: boolean;
}

function reportTask<Resources>(run: RunContext<Resources>, { outcome, task }: TaskResult): void {
  if (task?.runId !== run.runId || outcome.state === 'obsolete' || outcome.state === 'handed_back') return;
  const { rowsInserted, rowsUpdated, rowsUnchanged } = task.counters;
  run.onEvent({
    type: 'task_ended',
    asset: task.asset,
    key: task.definition.key,
    outcome: outcome.state,
    rows: rowsInserted + rowsUpdated + rowsUnchanged,
    message: 'error' in outcome ? outcome.error.message : null,
  });
}

async function skipStep<Resources>(
  run: RunContext<Resources>,
  asset: ExtractAsset<Resources>,
  reason: string,
): Promise<StepReport> {
  const step = { runId: run.runId, asset: asset.name };
  await beginStep(run.pool, { ...step, kind: 'extract' }, run.clock.now());
  await finishStep(run.pool, step, {
    state: 'skipped',
    error: { errorClass: 'source_not_set', message: reason },
    now: run.clock.now(),
  });
  const report: StepReport = { asset: asset.name, outcome: 'skipped', reason, totals: null, seconds: 0 };
  run.onEvent({ type: 'step_finished', step: report });
  return report;
}

async function closeStep<Resources>(
  run: RunContext<Resources>,
  asset: ExtractAsset<Resources>,
  { startedAt, wasDone }: { readonly startedAt: Date; readonly wasDone: boolean },
): Promise<StepReport> {
  const step = { runId: run.runId, asset: asset.name };
  const scopes = scopesOf(run.selection, asset.scopes(run.resources));
  const totals = await readStepTotals(run.pool, step, scopes);
  if (wasDone) {
    const done: StepReport = { asset: asset.name, outcome: 'succeeded', reason: null, totals, seconds: 0 };
    run.onEvent({ type: 'step_finished', step: done });
    return done;
  }
  const outcome = judgeStep({ ...totals, scopes: scopes.length });
  // The tables of a run are loaded side by side: this one was ready when its own last task was.
  const finishedAt = new Date(Math.max(totals.finishedAt?.getTime() ?? 0, startedAt.getTime()));
  const isCancelled = run.signal.aborted;
  const failure = totals.failures[0];
  const error = failure ? { errorClass: failure.errorClass, message: failure.message } : null;
  if (!isCancelled) {
    // Some customers' or shards' share of an interval is not the interval.
    const isWhole = outcome === 'succeeded' && !isLimited(run.selection);
    const isBackfill = run.selection !== null;
    const interval = isWhole ? { start: run.scheduledFor, end: run.nextTick, isBackfill } : null;
    const { customers, fallbackCustomers, counters, errorsByClass } = totals;
    const materialization = {
      ...step,
      attempt: run.attempt,
      state: outcome,
      startedAt,
      finishedAt,
      customers,
      fallbackCustomers,
      counters,
      rows: null,
      errorsByClass,
    };
    await recordMaterialization(run.pool, materialization, interval);
    await recordEvent(
      run.pool,
      { ...step, taskKey: null, kind: 'step_finished', detail: { state: outcome } },
      finishedAt,
    );
  }
  // Last: a step that succeeded is not closed again, so nothing may be missing of it.
  await finishStep(run.pool, step, { state: isCancelled ? 'cancelled' : outcome, error, now: finishedAt });
  const seconds = (finishedAt.getTime() - startedAt.getTime()) / 1000;
  const report: StepReport = { asset: asset.name, outcome, reason: null, totals, seconds };
  run.onEvent({ type: 'step_finished', step: report });
  return report;
}
