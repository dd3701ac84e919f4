import type { Pool } from 'pg';
import type { RunCause, RunState } from '../open-run.ts';

/** A run as the run log has it. */
export interface RunSummary {
  readonly runId: string;
  readonly job: string;
  readonly scheduledFor: Date;
  readonly cause: RunCause;
  readonly state: RunState;
  /** How often it was executed; 0 until the first time. */
  readonly attempt: number;
  /** Why it ended as it did; null otherwise. */
  readonly reason: string | null;
  /** Whether it fetches again what was loaded before. */
  readonly force: boolean;
  readonly createdAt: Date;
  /** When its present execution began; null until the first one. */
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  /** When somebody asked for its end; null otherwise. */
  readonly cancelRequestedAt: Date | null;
  /** The backfill that asked for it last; null if none did. */
  readonly backfillId: string | null;
}

/** Which runs are wanted; what is not given does not limit. */
export interface RunFilter {
  readonly job?: string;
  readonly states?: readonly RunState[];
  readonly cause?: RunCause;
  readonly backfillId?: string;
  /** Half-open: runs with `from` <= scheduledFor < `to`. */
  readonly from?: Date;
  readonly to?: Date;
}

/** A place in the list of runs: that of the last one on a page. */
export interface RunPosition {
  readonly scheduledFor: Date;
  readonly runId: string;
}

/** SQL: the columns of a `RunRecord`. */
export const RUN_COLUMNS = `run_id, job, scheduled_for, cause, state, attempt, reason, force, created_at, started_at, finished_at,
  cancel_requested_at, backfill_id`;

export interface RunRecord {
  readonly run_id: string;
  readonly job: string;
  readonly scheduled_for: Date;
  readonly cause: RunCause;
  readonly state: RunState;
  readonly attempt: number;
  readonly reason: string | null;
  readonly force: boolean;
  readonly created_at: Date;
  readonly started_at: Date | null;
  readonly finished_at: Date | null;
  readonly cancel_requested_at: Date | null;
  readonly backfill_id: string | null;
}

export function runSummary(row: RunRecord): RunSummary {
  return {
    runId: row.run_id,
    job: row.job,
    scheduledFor: row.scheduled_for,
    cause: row.cause,
    state: row.state,
    attempt: row.attempt,
    reason: row.reason,
    force: row.force,
    createdAt: row.created_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    cancelRequestedAt: row.cancel_requested_at,
    backfillId: row.backfill_id,
  };
}

/**
 * Lists runs, those with the newest logical time first.
 *
 * @param page.after the last run of the page before.
 */
export async function listRuns(
  pool: Pool,
  filter: RunFilter,
  page: { readonly after?: RunPosition; readonly atMost: number },
): Promise<readonly RunSummary[]> {
  const { rows } = await pool.query<RunRecord>(
    `select ${RUN_COLUMNS}
     from ops.runs
     where ($1::text is null or job = $1)
       and ($2::text[] is null or state = any ($2))
       and ($3::text is null or cause = $3)
       and ($4::timestamptz is null or scheduled_for >= $4)
       and ($5::timestamptz is null or scheduled_for < $5)
       and ($6::timestamptz is null or (scheduled_for, run_id) < ($6, $7::uuid))
       and ($8::uuid is null or backfill_id = $8)
     order by scheduled_for desc, run_id desc
     limit $9`,
    [
      filter.job ?? null,
      filter.states ?? null,
      filter.cause ?? null,
      filter.from ?? null,
      filter.to ?? null,
      page.after?.scheduledFor ?? null,
      page.after?.runId ?? null,
      filter.backfillId ?? null,
      page.atMost,
    ],
  );
  return rows.map(runSummary);
}
