import type { Pool } from 'pg';
import type { Catalog } from '../asset.ts';
import { UsageError } from '../errors.ts';
import { jobNamed, type NamedJob } from '../job-named.ts';
import { isTick, latestTick, nextTick, type Schedule } from '../schedule.ts';
import { closeRun } from '../service/open-runs.ts';
import { tryLockRun } from './lock-run.ts';
import type { RunCause, RunState } from './open-run.ts';
import { outOfPeriod } from './out-of-period.ts';

/** What requests need to know of the platform, and when they are made. */
export interface RequestContext<Resources> {
  readonly catalog: Pick<Catalog<Resources>, 'assets' | 'jobs' | 'upstreamJobs'>;
  readonly timeZone: string;
  readonly now: Date;
  /** Who asks, for the run log: the name of a login, never of a customer. Null if nobody has logged in. */
  readonly requestedBy?: string | null;
}

/** The run that is asked for. */
export interface WantedRun {
  readonly job: string;
  /** A tick of the job's schedule; its latest if not given. A job by an event has none, and is built from what is there now. */
  readonly scheduledFor?: Date;
  readonly cause: RunCause;
  /** Whether what was loaded before is fetched again. */
  readonly force: boolean;
}

/**
 * What came of asking for a run. `created`: there was none; `queued_again`: it had ended; `open`: it waits or is led already, and is left
 * alone; `done`: it has succeeded, and nothing is repeated without force.
 */
export interface RunRequest {
  readonly runId: string;
  readonly scheduledFor: Date;
  readonly outcome: 'created' | 'queued_again' | 'open' | 'done';
}

/**
 * Puts a run among those that wait to be led.
 *
 * @throws UsageError for an unknown job, a time that is no tick of it, or one that cannot be asked for.
 */
export async function requestRun<Resources>(
  pool: Pool,
  context: RequestContext<Resources>,
  wanted: WantedRun,
): Promise<RunRequest> {
  const { now, requestedBy = null } = context;
  const { cause, force } = wanted;
  const { name, scheduledFor, reason } = timesOf(context, wanted);
  const { rows } = await pool.query<{ run_id: string; is_new: boolean }>(
    `with requested as (
       insert into ops.runs (job, scheduled_for, cause, state, force, created_at)
       select $1, $2, $3, 'queued', $4, $5 where $6
       on conflict (job, scheduled_for, cause) do update
         set state = 'queued', force = excluded.force, reason = null, finished_at = null, cancel_requested_at = null
         where runs.state not in ('queued', 'running') and (excluded.force or runs.state <> 'succeeded' or ${HAS_LEFT_OUT})
       returning run_id, xmax = 0 as is_new
     ), noted as (
       ${noteRequest('run_requested', `jsonb_build_object('cause', $3::text, 'force', $4::boolean, 'requestedBy', $7::text)`, '$5')}
       from requested
     )
     select run_id, is_new from requested`,
    [name, scheduledFor, cause, force, now, reason === null, requestedBy],
  );
  const requested = rows[0];
  if (requested) {
    return { runId: requested.run_id, scheduledFor, outcome: requested.is_new ? 'created' : 'queued_again' };
  }
  const found = await pool.query<{ run_id: string; state: RunState }>(
    'select run_id, state from ops.runs where job = $1 and scheduled_for = $2 and cause = $3',
    [name, scheduledFor, cause],
  );
  const run = found.rows[0];
  const isOpen = run?.state === 'queued' || run?.state === 'running';
  // What is there already is told whatever the time; only a new execution comes too late.
  if (run && (isOpen || (run.state === 'succeeded' && !force))) {
    return { runId: run.run_id, scheduledFor, outcome: isOpen ? 'open' : 'done' };
  }
  throw new UsageError(reason ?? 'the run was removed meanwhile; ask for it again');
}

/** The logical time of a run that is asked for, and why it cannot be executed for it. @throws UsageError if it cannot be asked for. */
function timesOf<Resources>(
  { catalog, timeZone, now }: RequestContext<Resources>,
  wanted: Pick<WantedRun, 'job' | 'scheduledFor'>,
): { readonly name: string; readonly scheduledFor: Date; readonly reason: string | null } {
  const { on, job } = findJob(catalog, wanted.job);
  if (on === 'upstream') {
    if (wanted.scheduledFor === undefined) return { name: job.name, scheduledFor: now, reason: null };
    throw new UsageError('the job has no ticks: it runs when there is newer data, or now; leave out the logical time');
  }
  const schedule: Schedule = { cron: job.cron, timeZone };
  const scheduledFor = wanted.scheduledFor ?? latestTick(schedule, now);
  assertTick(schedule, scheduledFor);
  return { name: job.name, scheduledFor, reason: outOfPeriod(catalog, job, { scheduledFor, timeZone, now }) };
}

/** SQL: a source was not set when the run was executed, so there may be something to load now. */
const HAS_LEFT_OUT = `exists (select from ops.steps where steps.run_id = runs.run_id and kind = 'extract' and steps.state = 'skipped')`;

/** SQL: appends an event that somebody asked for something, for each run of the `from` clause that follows. */
function noteRequest(kind: string, detail: string, now: string): string {
  return `insert into ops.run_events (run_id, kind, detail, occurred_at) select run_id, '${kind}', ${detail}, ${now}::timestamptz`;
}

/** What came of asking for a retry. `open`: the run has not ended; `nothing_failed`: there is nothing to do again. */
export interface RetryRequest {
  readonly runId: string;
  /** The state in which the run was found. */
  readonly found: RunState;
  readonly outcome: 'queued_again' | 'open' | 'nothing_failed';
}

/**
 * Has what failed in a run that has ended, or was cancelled, done again; what succeeded stays as it is.
 *
 * @returns null if there is no such run.
 * @throws UsageError if the run's period is over and a source knows only its present state.
 */
export async function retryFailed<Resources>(
  pool: Pool,
  runId: string,
  context: RequestContext<Resources>,
): Promise<RetryRequest | null> {
  const { catalog, timeZone, now, requestedBy = null } = context;
  const run = await findRequested(pool, runId);
  if (!run) return null;
  if (isOpen(run)) return { runId, found: run.state, outcome: 'open' };
  if (run.state === 'succeeded') return { runId, found: run.state, outcome: 'nothing_failed' };
  const { on, job } = findJob(catalog, run.job);
  const times = { scheduledFor: run.scheduled_for, timeZone, now };
  const reason = on === 'upstream' ? null : outOfPeriod(catalog, job, times);
  if (reason !== null) throw new UsageError(reason);
  const { rowCount } = await pool.query(
    `with retried as (
       update ops.runs set state = 'queued', force = false, reason = null, finished_at = null, cancel_requested_at = null
       where run_id = $1 and state in ('partly_failed', 'failed', 'cancelled')
       returning run_id
     ), noted as (
       ${noteRequest('retry_requested', `jsonb_build_object('requestedBy', $3::text)`, '$2')} from retried
     )
     select run_id from retried`,
    [runId, now, requestedBy],
  );
  // Somebody else was quicker: then it is open.
  return { runId, found: run.state, outcome: rowCount === 1 ? 'queued_again' : 'open' };
}

/** What came of asking for a run's end. `requested`: the process that leads it ends it; `closed`: nobody led it, so it has ended. */
export interface CancelRequest {
  readonly runId: string;
  /** The state in which the run was found. */
  readonly found: RunState;
  readonly outcome: 'requested' | 'closed' | 'ended_before';
}

/**
 * Asks for the end of a run. Where no process leads it, it ends at once; otherwise within seconds.
 *
 * @returns null if there is no such run.
 */
export async function requestCancel(
  pool: Pool,
  runId: string,
  { now, requestedBy = null }: Pick<RequestContext<unknown>, 'now' | 'requestedBy'>,
): Promise<CancelRequest | null> {
  const run = await findRequested(pool, runId);
  if (!run) return null;
  if (!isOpen(run)) return { runId, found: run.state, outcome: 'ended_before' };
  await pool.query(
    `with asked as (
       update ops.runs set cancel_requested_at = $2
       where run_id = $1 and state in ('queued', 'running') and cancel_requested_at is null
       returning run_id
     )
     ${noteRequest('cancel_requested', `jsonb_build_object('requestedBy', $3::text)`, '$2')} from asked`,
    [runId, now, requestedBy],
  );
  await using lock = await tryLockRun(pool, runId, { waits: false });
  if (!lock) return { runId, found: run.state, outcome: 'requested' };
  // It may have been led to its end just before.
  const present = await findRequested(pool, runId);
  if (!present || !isOpen(present)) return { runId, found: run.state, outcome: 'ended_before' };
  await closeRun(pool, runId, { state: 'cancelled', reason: 'cancel_requested', now });
  await pool.query(
    `insert into ops.run_events (run_id, kind, detail, occurred_at)
     values ($1, 'run_finished', jsonb_build_object('attempt', $2::integer, 'state', 'cancelled'), $3)`,
    [runId, present.attempt, now],
  );
  return { runId, found: run.state, outcome: 'closed' };
}

/** What came of pausing a job or having it go on. */
export interface PauseRequest {
  readonly job: string;
  readonly isPaused: boolean;
  readonly wasPaused: boolean;
}

/**
 * Has a job's schedule, or its event, make no runs; those that are there go on, and runs can be asked for by hand.
 *
 * @throws UsageError for an unknown job.
 */
export async function pauseJob<Resources>(
  pool: Pool,
  name: string,
  { catalog, now, requestedBy = null }: Omit<RequestContext<Resources>, 'timeZone'>,
): Promise<PauseRequest> {
  const job = findJob(catalog, name).job.name;
  const { rowCount } = await pool.query(
    `with paused as (
       insert into ops.paused_jobs (job, paused_at) values ($1, $2) on conflict (job) do nothing returning job
     )
     insert into ops.run_events (kind, detail, occurred_at)
     select 'job_paused', jsonb_build_object('job', job, 'requestedBy', $3::text), $2 from paused returning 1`,
    [job, now, requestedBy],
  );
  return { job, isPaused: true, wasPaused: rowCount === 0 };
}

/**
 * Has a job's schedule make runs again; what it missed meanwhile is made good as after an outage.
 *
 * @throws UsageError for an unknown job.
 */
export async function resumeJob<Resources>(
  pool: Pool,
  name: string,
  { catalog, now, requestedBy = null }: Omit<RequestContext<Resources>, 'timeZone'>,
): Promise<PauseRequest> {
  const job = findJob(catalog, name).job.name;
  const { rowCount } = await pool.query(
    `with resumed as (
       delete from ops.paused_jobs where job = $1 returning job
     )
     insert into ops.run_events (kind, detail, occurred_at)
     select 'job_resumed', jsonb_build_object('job', job, 'requestedBy', $3::text), $2 from resumed returning 1`,
    [job, now, requestedBy],
  );
  return { job, isPaused: false, wasPaused: rowCount === 1 };
}

interface RequestedRun {
  readonly job: string;
  readonly scheduled_for: Date;
  readonly state: RunState;
  readonly attempt: number;
}

async function findRequested(pool: Pool, runId: string): Promise<RequestedRun | undefined> {
  const { rows } = await pool.query<RequestedRun>(
    'select job, scheduled_for, state, attempt from ops.runs where run_id = $1',
    [runId],
  );
  return rows[0];
}

function isOpen({ state }: RequestedRun): boolean {
  return state === 'queued' || state === 'running';
}

function findJob({ jobs, upstreamJobs = [] }: Pick<Catalog<never>, 'jobs' | 'upstreamJobs'>, name: string): NamedJob {
  const job = jobNamed({ jobs, upstreamJobs }, name);
  if (job) return job;
  const names = [...jobs, ...upstreamJobs].map((candidate) => candidate.name);
  throw new UsageError(`there is no such job; the jobs are ${names.join(', ')}`);
}

function assertTick(schedule: Schedule, scheduledFor: Date): void {
  if (isTick(schedule, scheduledFor)) return;
  throw new UsageError(
    `the logical time is no tick of the schedule "${schedule.cron}" (${schedule.timeZone}); the ticks around it are ` +
      `${latestTick(schedule, scheduledFor).toISOString()} and ${nextTick(schedule, scheduledFor).toISOString()}`,
  );
}
