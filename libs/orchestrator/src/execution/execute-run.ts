import { describeError, type Clock } from '@ovis/foundation';
import type { Pool } from 'pg';
import type { Catalog, Job } from '../asset.ts';
import { RunBusyError, UsageError } from '../errors.ts';
import { worstOutcome } from '../failure-limit.ts';
import { tryLockRun, type RunLock } from '../run-log/lock-run.ts';
import {
  beginAttempt,
  findOrCreateRun,
  findRun,
  finishRun,
  skippedAssets,
  type RunCause,
  type RunRow,
} from '../run-log/open-run.ts';
import { ensureEventsMonth, recordEvent } from '../run-log/record-event.ts';
import { latestTick, nextTick, type Schedule } from '../schedule.ts';
import { TaskQueue } from '../task-queue.ts';
import { buildModels } from './build-models.ts';
import { loadAssets } from './load-assets.ts';
import type { RunEvent, RunReport } from './report.ts';
import type { Concurrency } from './work-off.ts';

/** What to run and with what. */
export interface ExecuteRunOptions<Resources> {
  readonly catalog: Catalog<Resources>;
  readonly job: string;
  /** The logical time; the job's latest tick if not given. */
  readonly scheduledFor?: Date;
  readonly cause: RunCause;
  /** Fetch again what was loaded already. */
  readonly force?: boolean;
  readonly timeZone: string;
  readonly resources: Resources;
  /** For the run log and the queue. Two connections at least: one holds the run's lock. */
  readonly pool: Pool;
  readonly clock: Clock;
  readonly concurrency: Concurrency;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: RunEvent) => void;
  /** What the queue reports from its own timers. */
  readonly onQueueError?: (error: Error) => void;
}

/** A run in execution, as its parts see it. */
export interface RunContext<Resources> extends Required<
  Omit<ExecuteRunOptions<Resources>, 'job' | 'cause' | 'onQueueError'>
> {
  readonly job: Job;
  readonly runId: string;
  readonly attempt: number;
  /** The end of the period that a snapshot of `scheduledFor` stands for. */
  readonly nextTick: Date;
}

/**
 * Executes one run of a job to its end in this process: loads its raw tables, task by task in parallel, then builds the models
 * downstream. A run that has succeeded is not repeated unless forced; one that was interrupted, or failed in part, goes on where
 * it stopped.
 *
 * @throws UsageError for an unknown job or a logical time that cannot be asked for; RunBusyError if another process has the run.
 */
export async function executeRun<Resources>(options: ExecuteRunOptions<Resources>): Promise<RunReport> {
  const { catalog, pool, clock, force = false } = options;
  const job = findJob(catalog, options.job);
  const schedule: Schedule = { cron: job.cron, timeZone: options.timeZone };
  const scheduledFor = options.scheduledFor ?? latestTick(schedule, clock.now());
  const following = nextTick(schedule, scheduledFor);
  const key = { job: job.name, scheduledFor, cause: options.cause };
  const known = force ? null : await findRun(pool, key);
  const isOver = clock.now() >= following;
  if (known && (await isDone(options, job, known, isOver))) return alreadyDone(job, scheduledFor, known);
  refuseOutOfPeriod(catalog, job, { scheduledFor, following, now: clock.now() });

  const run = await findOrCreateRun(pool, key, clock.now());
  const lock = await tryLockRun(pool, run.runId);
  if (!lock) throw new RunBusyError(job.name, scheduledFor);
  try {
    // Looked at again: the process that held the lock until now may have brought the run to its end.
    const present = force ? null : await findRun(pool, key);
    if (present && (await isDone(options, job, present, isOver))) return alreadyDone(job, scheduledFor, present);
    const attempt = await beginAttempt(pool, run.runId, { force, now: clock.now() });
    const signal = options.signal ? AbortSignal.any([options.signal, lock.lost]) : lock.lost;
    const onEvent = options.onEvent ?? (() => undefined);
    const context = {
      ...options,
      job,
      scheduledFor,
      runId: run.runId,
      attempt,
      nextTick: following,
      force,
      signal,
      onEvent,
    };
    await using queue = await TaskQueue.open(pool, options.onQueueError ?? (() => undefined));
    if (attempt > 1) await queue.forgetRun(run.runId);
    return await execute(context, queue, lock);
  } finally {
    await lock.release();
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
    await recordEvent(pool, { ...event, kind: 'run_finished', detail: { attempt, state } }, clock.now());
  };
  const assertHeld = (): void => {
    // Whoever has the lock now writes how things end.
    if (lock.lost.aborted) throw new RunBusyError(run.job.name, scheduledFor);
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
    await end(outcome, outcome === 'cancelled' ? 'interrupted' : null);
    const seconds = (clock.now().getTime() - startedAt.getTime()) / 1000;
    return { runId, job: run.job.name, scheduledFor, attempt, outcome, wasDone: false, steps, models, seconds };
  } catch (error) {
    // The database itself may be what failed; then the row stays `running`, and the next execution takes it over.
    if (!lock.lost.aborted) await end('failed', describeError(error).errorClass).catch(() => undefined);
    throw error;
  }
}

function findJob<Resources>(catalog: Catalog<Resources>, name: string): Job {
  const job = catalog.jobs.find((candidate) => candidate.name === name);
  if (job) return job;
  throw new UsageError(
    `there is no job "${name}"; the jobs are ${catalog.jobs.map((candidate) => candidate.name).join(', ')}`,
  );
}

/** Sources that know only their present state cannot be asked for a period that is over, nor for one that has not begun. */
function refuseOutOfPeriod<Resources>(
  catalog: Catalog<Resources>,
  job: Job,
  times: { readonly scheduledFor: Date; readonly following: Date; readonly now: Date },
): void {
  const logicalTime = times.scheduledFor.toISOString();
  if (times.now < times.scheduledFor)
    throw new UsageError(`${logicalTime} lies in the future; a run is for a tick that has passed`);
  const snapshots = catalog.assets
    .filter((asset) => job.assets.includes(asset.name) && asset.isSnapshot)
    .map((asset) => asset.name);
  if (snapshots.length === 0 || times.now < times.following) return;
  throw new UsageError(
    `${snapshots.join(' and ')} can be loaded for ${logicalTime} only until ${times.following.toISOString()}: the source knows only its ` +
      'present state. What was loaded for that time is still there; the models can be rebuilt from it with ovis-models build',
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
