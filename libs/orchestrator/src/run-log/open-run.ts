import type { Pool } from 'pg';
import { GIVEN_UP_CLASS, GIVEN_UP_MESSAGE, IS_GIVEN_UP } from './deaths.ts';
import { hasSession } from '../workers/presence.ts';

/** Why a run was made. `upstream`: there was newer data of all that its models are built from. */
export type RunCause = 'schedule' | 'backfill' | 'manual' | 'upstream';

export type RunState = 'queued' | 'running' | 'succeeded' | 'partly_failed' | 'failed' | 'cancelled';

/** The identity of a run: there is one row for it, however often it is executed. */
export interface RunKey {
  readonly job: string;
  readonly scheduledFor: Date;
  readonly cause: RunCause;
}

/** A row of `ops.runs`. */
export interface RunRow {
  readonly runId: string;
  readonly state: RunState;
  /** How often it was executed before. */
  readonly attempt: number;
  /** Whether it is to fetch again what was loaded. */
  readonly force: boolean;
}

interface RunRecord {
  readonly run_id: string;
  readonly state: RunState;
  readonly attempt: number;
  readonly force: boolean;
}

function runRow({ run_id: runId, state, attempt, force }: RunRecord): RunRow {
  return { runId, state, attempt, force };
}

/** Finds the run; null if nobody has asked for it yet. */
export async function findRun(pool: Pool, key: RunKey): Promise<RunRow | null> {
  const { rows } = await pool.query<RunRecord>(
    'select run_id, state, attempt, force from ops.runs where job = $1 and scheduled_for = $2 and cause = $3',
    [key.job, key.scheduledFor, key.cause],
  );
  const row = rows[0];
  return row ? runRow(row) : null;
}

/** The raw tables that a run has left out, because their source was not set. */
export async function skippedAssets(pool: Pool, runId: string): Promise<readonly string[]> {
  const { rows } = await pool.query<{ asset: string }>(
    `select asset from ops.steps where run_id = $1 and kind = 'extract' and state = 'skipped'`,
    [runId],
  );
  return rows.map((row) => row.asset);
}

/** Finds the run, or makes it. */
export async function findOrCreateRun(pool: Pool, key: RunKey, now: Date): Promise<RunRow> {
  // The empty update makes `returning` give the row that is there already.
  const { rows } = await pool.query<RunRecord>(
    `insert into ops.runs (job, scheduled_for, cause, state, created_at) values ($1, $2, $3, 'queued', $4)
     on conflict (job, scheduled_for, cause) do update set job = excluded.job
     returning run_id, state, attempt, force`,
    [key.job, key.scheduledFor, key.cause, now],
  );
  const row = rows[0];
  if (!row) throw new Error('insert … returning gave no row');
  return runRow(row);
}

/** SQL: whether a task is what kills processes. Those that are in hand of one without a session were in hand when it died. */
const HAS_DIED_TOO_OFTEN = `((select state from begun) = 'running' and tasks.state = 'running' and ${IS_GIVEN_UP})`;

/**
 * Starts the next execution of a run whose lock the caller holds. Tasks that did not succeed are queued again and go on at their
 * cursors; those that have none begin anew, so what was counted of them is forgotten, the traffic apart. What another
 * process has in hand stays in its hand.
 *
 * @param options.startsAnew forget the run's tasks and what they recorded (its rows in the raw tables stay).
 * @param options.force whether the run fetches again what was loaded.
 * @param options.onlyIfOpen whether a run that has ended is left as it is: it may have since it was found.
 *
 * @returns the number of this execution; what an earlier one left in the queue bears a smaller number and is passed over. Null if the run
 * was left as it is.
 */
export async function beginAttempt(
  pool: Pool,
  runId: string,
  options: {
    readonly startsAnew: boolean;
    readonly force: boolean;
    readonly onlyIfOpen: boolean;
    readonly now: Date;
  },
): Promise<number | null> {
  const { rows } = await pool.query<{ attempt: number }>(
    `with begun as (
       select run_id, state from ops.runs where run_id = $1 and (not $5 or state in ('queued', 'running')) for update
     ), forgotten_tasks as (
       delete from ops.tasks where run_id = (select run_id from begun) and $2 returning 1
     ), forgotten_quarantine as (
       delete from ops.quarantine as rejected
       where rejected.run_id = (select run_id from begun) and ($2 or exists (
         select from ops.tasks where tasks.run_id = $1 and tasks.asset = rejected.asset and tasks.task_key = rejected.task_key
           and tasks.state <> 'succeeded' and tasks.cursor is null)) returning 1
     ), open_steps as (
       update ops.steps set state = 'queued', planned = planned and not $2, error_class = null, error_message = null, finished_at = null
       where run_id = (select run_id from begun) and (state <> 'succeeded' or $2) returning 1
     ), open_tasks as (
       update ops.tasks set
         state = case when ${HAS_DIED_TOO_OFTEN} then 'failed' else 'queued' end, tries = 0,
         -- Another leader of the same execution goes on counting; one that was asked for begins anew.
         deaths = case when (select state from begun) <> 'running' then 0 when state = 'running' then deaths + 1 else deaths end,
         error_class = case when ${HAS_DIED_TOO_OFTEN} then ${GIVEN_UP_CLASS} end,
         error_message = case when ${HAS_DIED_TOO_OFTEN} then ${GIVEN_UP_MESSAGE} end,
         cursor = case when ${HAS_DIED_TOO_OFTEN} then null else cursor end,
         finished_at = case when ${HAS_DIED_TOO_OFTEN} then $3::timestamptz end,
         counters = case when cursor is not null then counters else jsonb_strip_nulls(jsonb_build_object(
           'requests', counters -> 'requests', 'retries', counters -> 'retries', 'fallbacks', counters -> 'fallbacks',
           'fallbackMs', counters -> 'fallbackMs', 'fallbackClasses', counters -> 'fallbackClasses')) end
       where run_id = (select run_id from begun) and state <> 'succeeded' and not $2
         and not (state = 'failed' and error_class is not distinct from ${GIVEN_UP_CLASS} and (select state from begun) = 'running')
         and not (state = 'running' and worker_id is not null and ${hasSession('tasks.worker_id')}) returning 1
     ), models_to_build as (
       update ops.backfills set models_run_id = null
       where backfill_id = (select backfill_id from ops.runs join begun using (run_id)) and models_run_id is not null returning 1
     )
     update ops.runs set state = 'running', attempt = attempt + 1, started_at = $3, finished_at = null, reason = null,
       force = $4, cancel_requested_at = case when state in ('queued', 'running') then cancel_requested_at end, loading_ended_at = null
     where run_id = (select run_id from begun)
     returning attempt`,
    [runId, options.startsAnew, options.now, options.force, options.onlyIfOpen],
  );
  return rows[0]?.attempt ?? null;
}

/**
 * Writes how an execution ended.
 *
 * @returns false if another execution has begun meanwhile: its end is the one that counts.
 */
export async function finishRun(
  pool: Pool,
  run: { readonly runId: string; readonly attempt: number },
  end: { readonly state: RunState; readonly reason: string | null; readonly now: Date },
): Promise<boolean> {
  const result = await pool.query(
    'update ops.runs set state = $3, reason = $4, finished_at = $5 where run_id = $1 and attempt = $2',
    [run.runId, run.attempt, end.state, end.reason, end.now],
  );
  return result.rowCount === 1;
}

/** Whether somebody has asked for the run to end. */
export async function isCancelRequested(pool: Pool, runId: string): Promise<boolean> {
  const { rows } = await pool.query<{ is_requested: boolean }>(
    'select cancel_requested_at is not null as is_requested from ops.runs where run_id = $1',
    [runId],
  );
  return rows[0]?.is_requested === true;
}
