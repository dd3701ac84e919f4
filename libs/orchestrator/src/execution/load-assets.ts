import { setTimeout as sleep } from 'node:timers/promises';
import { describeError } from '@ovis/foundation';
import type { ExtractAsset } from '../asset.ts';
import { RunHandedBack } from '../errors.ts';
import { cancelTasks, failOpenTasks, stillOpen, waitingTasks } from '../run-log/plan-tasks.ts';
import type { TaskQueue } from '../task-queue.ts';
import { closeStep, skipStep } from './close-step.ts';
import type { RunContext } from './execute-run.ts';
import { OpenTasks } from './open-tasks.ts';
import { planStep } from './plan-step.ts';
import type { StepReport } from './report.ts';
import type { TaskResult } from './run-task.ts';
import { StepDeadline } from './step-deadline.ts';
import { workOff } from './work-off.ts';

const MAX_TRIES = 2;
/** How long no task ends before the queue is compared with the run log. */
const LOOK_FOR_LOST_AFTER_MS = 2_000;
/** How often the run log is asked which tasks have ended elsewhere. */
const FOLLOW_EVERY_MS = 300;

/**
 * Loads the raw tables of the run's job: plans all of them at once and works on tasks as soon as they are known. A step ends with its own last
 * task, or at its deadline: what reads its table waits for no other.
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
  using loading = new Loading(run, { queue, assets: available, assertHeld });
  await loading.end();
  if (run.isHandedBack()) throw new RunHandedBack(run.job.name);
  if (run.isCancelled()) await cancelOpenTasks(run);
  assertHeld();
  return Promise.all(
    assets.map((asset) => {
      const reason = asset.unavailable(run.resources);
      return reason === null ? loading.close(asset) : skipStep(run, asset, reason);
    }),
  );
}

/** The steps of a run that load raw tables, side by side. */
class Loading<Resources> implements Disposable {
  readonly #run: RunContext<Resources>;
  readonly #queue: TaskQueue;
  readonly #assets: readonly ExtractAsset<Resources>[];
  readonly #assertHeld: () => void;
  readonly #tracker: OpenTasks;
  readonly #startedAt: Date;
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  readonly #deadlines: ReadonlyMap<string, StepDeadline>;
  readonly #wasDone = new Set<string>();
  /** Steps whose open tasks were failed at the deadline. */
  readonly #late = new Set<string>();
  readonly #closed = new Map<string, Promise<StepReport>>();

  constructor(
    run: RunContext<Resources>,
    what: {
      readonly queue: TaskQueue;
      readonly assets: readonly ExtractAsset<Resources>[];
      readonly assertHeld: () => void;
    },
  ) {
    this.#run = run;
    this.#queue = what.queue;
    this.#assets = what.assets;
    this.#assertHeld = what.assertHeld;
    this.#tracker = new OpenTasks(what.assets.map(({ name }) => name));
    this.#startedAt = run.clock.now();
    this.#signal = AbortSignal.any([run.signal, this.#stop.signal]);
    this.#deadlines = new Map(what.assets.map((asset) => [asset.name, StepDeadline.of(asset, run)]));
  }

  [Symbol.dispose](): void {
    for (const deadline of this.#deadlines.values()) deadline[Symbol.dispose]();
  }

  /** Waits until all is planned and worked on, or broken off. */
  async end(): Promise<void> {
    const stopAndThrow = (error: unknown): never => {
      this.#stop.abort();
      throw error;
    };
    const parts = await Promise.allSettled([
      this.#work().catch(stopAndThrow),
      Promise.all(this.#assets.map((asset) => this.#load(asset))).catch(stopAndThrow),
    ]);
    await Promise.allSettled(this.#closed.values());
    for (const part of parts) if (part.status === 'rejected') throw part.reason;
  }

  /** Writes how a step ended, once. */
  close(asset: ExtractAsset<Resources>): Promise<StepReport> {
    const known = this.#closed.get(asset.name);
    if (known) return known;
    const { name } = asset;
    const late = this.#late.has(name) ? (this.#deadlines.get(name)?.error ?? null) : null;
    const closing = (async (): Promise<StepReport> => {
      this.#assertHeld();
      return closeStep(this.#run, asset, { startedAt: this.#startedAt, wasDone: this.#wasDone.has(name), late });
    })();
    this.#closed.set(name, closing);
    closing.catch(() => this.#stop.abort());
    return closing;
  }

  #closeDone(): void {
    if (this.#signal.aborted) return;
    for (const asset of this.#assets) if (this.#tracker.isDoneWith(asset.name)) void this.close(asset);
  }

  #work(): Promise<void> {
    const run = this.#run;
    const look = lookForOthers(run, this.#queue, this.#tracker, () => this.#closeDone());
    if (!run.worksHere) return follow(this.#tracker, look, this.#signal);
    return workOff({
      queue: this.#queue,
      environment: { ...run, maxTries: MAX_TRIES, assets: this.#assets },
      concurrency: run.concurrency,
      signal: this.#signal,
      isDone: () => this.#tracker.isDone,
      onIdle: look,
      onResult: (result) => {
        this.#tracker.settle(result);
        reportTask(run, result);
        this.#closeDone();
      },
    });
  }

  /** Plans a raw table, then waits until its tasks have ended, or fails what is open of it at its deadline. */
  async #load(asset: ExtractAsset<Resources>): Promise<void> {
    const { name } = asset;
    const late = this.#deadlines.get(name) ?? StepDeadline.of(asset, this.#run);
    const planned = await planStep(this.#run, asset, {
      signal: AbortSignal.any([this.#signal, late.signal]),
      late,
      announce: (tasks) => this.#tracker.announce(this.#queue, name, tasks, this.#run),
    });
    if (planned.wasDone) this.#wasDone.add(name);
    this.#tracker.isPlanned(name);
    this.#closeDone();
    const isOver = (): boolean => this.#signal.aborted || this.#tracker.isDoneWith(name);
    await untilLate(late, isOver);
    if (isOver()) return;
    const step = { runId: this.#run.runId, asset: name };
    await failOpenTasks(this.#run.pool, step, describeError(late.error), this.#run.clock.now());
    this.#late.add(name);
    this.#tracker.forget(name);
    this.#closeDone();
  }
}

/** Waits for a deadline, as long as it matters. */
async function untilLate(late: StepDeadline, isOver: () => boolean): Promise<void> {
  while (!late.isPast && !isOver()) {
    await sleep(FOLLOW_EVERY_MS, undefined, { signal: late.signal }).catch(() => undefined);
  }
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
  onEnded: () => void,
): () => Promise<void> {
  let lastChangeMs = performance.now();
  return async () => {
    const asked = tracker.openIds;
    tracker.dropEnded(asked, await stillOpen(run.pool, asked));
    if (tracker.openIds.length < asked.length) {
      lastChangeMs = performance.now();
      onEnded();
    }
    if (performance.now() - lastChangeMs < LOOK_FOR_LOST_AFTER_MS) return;
    lastChangeMs = performance.now();
    const waiting = await waitingTasks(run.pool, run.runId, tracker.openIds);
    if (waiting.length === 0) return;
    const announced = await queue.announcedTasks(run);
    const lost = waiting.filter(({ taskId }) => !announced.has(taskId));
    await queue.announceAgain(lost, run);
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
