import { randomUUID } from 'node:crypto';
import { describeError, type Clock } from '@ovis/foundation';
import type { Pool } from 'pg';
import type { Catalog, Job, UpstreamJob } from '../asset.ts';
import type { RunSelection } from '../backfill/selection.ts';
import { RunBusyError, RunEndedError, RunHandedBack, UsageError } from '../errors.ts';
import { worstOutcome } from '../failure-limit.ts';
import { tryLockRun, type RunLock } from '../run-log/lock-run.ts';
import {
  beginAttempt,
  findOrCreateRun,
  findRun,
  finishRun,
  isCancelRequested,
  skippedAssets,
  type RunCause,
  type RunRow,
} from '../run-log/open-run.ts';
import { outOfPeriod } from '../run-log/out-of-period.ts';
import { ensureEventsMonth, recordEvent } from '../run-log/record-event.ts';
import { withRunLog } from '../own-connections.ts';
import { latestTick, nextTick, type Schedule } from '../schedule.ts';
import { isPassing } from '../is-passing.ts';
import { TaskQueue } from '../task-queue.ts';
import { buildModels } from './build-models.ts';
import { loadAssets } from './load-assets.ts';
import type { RunEvent, RunReport } from './report.ts';
import type { StepDeadlines } from './step-deadline.ts';
import type { Concurrency } from './work-off.ts';

/** What to run and with what. */
export interface ExecuteRunOptions<Resources> extends StepDeadlines {
  readonly catalog: Catalog<Resources>;
  readonly job: string;
  /** The logical time; the job's latest tick if not given. */
  readonly scheduledFor?: Date;
  readonly cause: RunCause;
  /** Fetch again what was loaded already. */
  readonly force?: boolean;
  readonly timeZone: string;
  readonly resources: Resources;
  /** Leads to the database; the run log, the queue and the run's lock get connections of their own. */
  readonly pool: Pool;
  readonly clock: Clock;
  readonly concurrency: Concurrency;
  /** This process, among those that share the run log; one of its own if not given. */
  readonly workerId?: string;
  /** Milliseconds for one attempt at a task. Default: half an hour. */
  readonly taskDeadlineMs?: number;
  /** Ends the run: it counts as cancelled. */
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: RunEvent) => void;
  /** What the queue reports from its own timers. */
  readonly onQueueError?: (error: Error) => void;
}

/** What of its job a run needs to be led. */
export interface LedJob extends Pick<Job, 'name' | 'assets'> {
  /** The models that it builds, of a job by an event; it loads nothing itself. */
  readonly builds?: Pick<UpstreamJob, 'models' | 'upstream'>;
}

/** A run in execution, as its parts see it. */
export interface RunContext<Resources> extends StepDeadlines {
  readonly catalog: Catalog<Resources>;
  readonly job: LedJob;
  readonly runId: string;
  readonly attempt: number;
  readonly scheduledFor: Date;
  /** The end of the period that a snapshot of `scheduledFor` stands for. */
  readonly nextTick: Date;
  readonly force: boolean;
  /** What of its job the run of a backfill loads; null for a run that loads all of it. */
  readonly selection: RunSelection | null;
  readonly cause: RunCause;
  readonly resources: Resources;
  readonly pool: Pool;
  readonly clock: Clock;
  readonly workerId: string;
  readonly taskDeadlineMs: number;
  readonly concurrency: Concurrency;
  /** Whether tasks are worked on by this execution, or by workers that run anyway. */
  readonly worksHere: boolean;
  readonly signal: AbortSignal;
  /** Whether the run is to be left as it is, for another process to go on. */
  isHandedBack(): boolean;
  /** Whether somebody asked for its end, so that its tasks end too; otherwise they go on at their cursors when it is executed again. */
  isCancelled(): boolean;
  onEvent(event: RunEvent): void;
}

/** How a run is led. */
export interface LeadOptions<Resources> extends Omit<ExecuteRunOptions<Resources>, 'job' | 'scheduledFor' | 'force'> {
  readonly job: LedJob;
  readonly scheduledFor: Date;
  readonly nextTick: Date;
  readonly force: boolean;
  /** What of its job the run of a backfill loads. Default: all of it. */
  readonly selection?: RunSelection | null;
  /** Whether what the run did before is forgotten. */
  readonly startsAnew: boolean;
  /** Whether a run that has ended since it was found is left as it is. */
  readonly onlyIfOpen: boolean;
  readonly worksHere: boolean;
  /** Aborted when this process stops: another one goes on with the run. */
  readonly stopping?: AbortSignal;
}

const HALF_AN_HOUR_MS = 1_800_000;
const LOOK_FOR_CANCEL_EVERY_MS = 1_000;

/**
 * Executes one run of a job to its end in this process: loads its raw tables, task by task in parallel, then builds the models
 * downstream. A run that has succeeded is not repeated unless forced; one that was interrupted, or failed in part, goes on where
 * it stopped.
 *
 * @throws UsageError for an unknown job or a logical time that cannot be asked for; RunBusyError if another process has the run.
 */
export async function executeRun<Resources>(options: ExecuteRunOptions<Resources>): Promise<RunReport> {
  return withRunLog(options.pool, (pool) => executeOver({ ...options, pool }));
}

async function executeOver<Resources>(options: ExecuteRunOptions<Resources>): Promise<RunReport> {
  const { catalog, pool, clock, force = false } = options;
  const job = findJob(catalog, options.job);
  const schedule: Schedule = { cron: job.cron, timeZone: options.timeZone };
  const scheduledFor = options.scheduledFor ?? latestTick(schedule, clock.now());
  const following = nextTick(schedule, scheduledFor);
  const key = { job: job.name, scheduledFor, cause: options.cause };
  const known = force ? null : await findRun(pool, key);
  const isOver = clock.now() >= following;
  if (known && (await isDone(options, job, known, isOver))) return alreadyDone(job, scheduledFor, known);
  const refusal = outOfPeriod(catalog, job, { scheduledFor, timeZone: options.timeZone, now: clock.now() });
  if (refusal !== null) throw new UsageError(`${scheduledFor.toISOString()}: ${refusal}`);

  const run = await findOrCreateRun(pool, key, clock.now());
  await using lock = await tryLockRun(pool, run.runId);
  if (!lock) throw new RunBusyError(job.name, scheduledFor);
  // Looked at again: the process that held the lock until now may have brought the run to its end.
  const present = force ? null : await findRun(pool, key);
  if (present && (await isDone(options, job, present, isOver))) return alreadyDone(job, scheduledFor, present);
  const lead = {
    ...options,
    job,
    scheduledFor,
    nextTick: following,
    force,
    startsAnew: force,
    onlyIfOpen: false,
    worksHere: true,
  };
  return await leadRun(lead, run.runId, lock);
}

/**
 * Leads a run whose lock the caller holds to its end: plans its tasks, waits for them or works on them, and has the models built.
 *
 * @throws RunHandedBack if `stopping` came first; RunBusyError if the lock was lost; RunEndedError if it has ended and is not to be repeated.
 */
export async function leadRun<Resources>(
  options: LeadOptions<Resources>,
  runId: string,
  lock: RunLock,
): Promise<RunReport> {
  const { pool, clock, force, startsAnew, onlyIfOpen, stopping } = options;
  const attempt = await beginAttempt(pool, runId, { startsAnew, onlyIfOpen, force, now: clock.now() });
  if (attempt === null) throw new RunEndedError(options.job.name, options.scheduledFor);
  const cancel = new AbortController();
  const looking = setInterval(() => {
    void isCancelRequested(pool, runId).then(
      (isRequested) => {
        if (isRequested) cancel.abort();
      },
      () => undefined,
    );
  }, LOOK_FOR_CANCEL_EVERY_MS);
  const signals = [cancel.signal, lock.lost, options.signal, stopping].filter((signal) => signal !== undefined);
  const context: RunContext<Resources> = {
    ...options,
    runId,
    attempt,
    selection: options.selection ?? null,
    workerId: options.workerId ?? randomUUID(),
    taskDeadlineMs: options.taskDeadlineMs ?? HALF_AN_HOUR_MS,
    signal: AbortSignal.any(signals),
    isHandedBack: () => stopping?.aborted === true && !cancel.signal.aborted,
    isCancelled: () => cancel.signal.aborted,
    onEvent: options.onEvent ?? (() => undefined),
  };
  try {
    await using queue = await TaskQueue.open(pool, options.onQueueError ?? (() => undefined));
    if (attempt > 1) await queue.forgetRun(runId);
    return await execute(context, queue, lock);
  } finally {
    clearInterval(looking);
  }
}

async function execute<Resources>(run: RunContext<Resources>, queue: TaskQueue, lock: RunLock): Promise<RunReport> {
  const { pool, clock, runId, attempt, scheduledFor } = run;
  const startedAt = clock.now();
  run.onEvent({ type: 'run_started', runId, attempt, scheduledFor });
  const event = { runId, asset: null, taskKey: null } as const;
  await ensureEventsMonth(pool, startedAt);
  await recordEvent(pool, { ...event, kind: 'run_started', detail: { attempt, force: run.force } }, startedAt);
  const end = async (state: RunReport['outcome'], reason: string | null): Promise<void> => {
    const isOurs = await finishRun(pool, run, { state, reason, now: clock.now() });
    if (!isOurs) throw new RunBusyError(run.job.name, scheduledFor);
    // The end stands in the run; the event only tells of it.
    const finished = { ...event, kind: 'run_finished', detail: { attempt, state } } as const;
    await recordEvent(pool, finished, clock.now()).catch(() => undefined);
  };
  const assertHeld = (): void => {
    // Whoever has the lock now writes how things end.
    if (lock.lost.aborted) throw new RunBusyError(run.job.name, scheduledFor);
    if (run.isHandedBack()) throw new RunHandedBack(run.job.name);
  };
  try {
    const steps = await loadAssets(run, queue, assertHeld);
    const models = run.signal.aborted ? [] : await buildModels(run, steps, assertHeld);
    assertHeld();
    const modelsFailed = models.some((model) => model.status === 'failed');
    const outcomes = steps.flatMap((step) => (step.outcome === 'skipped' ? [] : [step.outcome]));
    const outcome = run.signal.aborted
      ? 'cancelled'
      : worstOutcome([...outcomes, modelsFailed ? 'failed' : 'succeeded']);
    await end(outcome, outcome === 'cancelled' ? (run.isCancelled() ? 'cancel_requested' : 'interrupted') : null);
    const seconds = (clock.now().getTime() - startedAt.getTime()) / 1000;
    return { runId, job: run.job.name, scheduledFor, attempt, outcome, wasDone: false, steps, models, seconds };
  } catch (error) {
    // The database itself may be what failed; then the row stays `running`, and the next execution takes it over.
    const isOurs = !lock.lost.aborted && !run.isHandedBack() && !(isPassing(error) && !run.worksHere);
    if (isOurs) await end('failed', describeError(error).errorClass).catch(() => undefined);
    throw run.isHandedBack() ? new RunHandedBack(run.job.name) : error;
  }
}

function findJob<Resources>(catalog: Catalog<Resources>, name: string): Job {
  const job = catalog.jobs.find((candidate) => candidate.name === name);
  if (job) return job;
  throw new UsageError(
    `there is no job "${name}"; the jobs are ${catalog.jobs.map((candidate) => candidate.name).join(', ')}`,
  );
}

/**
 * A run has nothing left to do if it succeeded, unless a source that was not set then is set now, or a crash of the server has emptied
 * tables that it built: then these are built again, from what raw holds. A later tick sees to a run whose period is over.
 */
async function isDone<Resources>(
  { pool, catalog, resources }: ExecuteRunOptions<Resources>,
  job: Job,
  run: RunRow,
  isOver: boolean,
): Promise<boolean> {
  if (run.state !== 'succeeded') return false;
  if (isOver) return true;
  const skipped = await skippedAssets(pool, run.runId);
  if (catalog.assets.some((asset) => skipped.includes(asset.name) && asset.unavailable(resources) === null))
    return false;
  return (await catalog.models.stale(resources, job.assets)).length === 0;
}

function alreadyDone(job: Job, scheduledFor: Date, run: RunRow): RunReport {
  const { runId, attempt } = run;
  return {
    runId,
    job: job.name,
    scheduledFor,
    attempt,
    outcome: 'succeeded',
    wasDone: true,
    steps: [],
    models: [],
    seconds: 0,
  };
}
