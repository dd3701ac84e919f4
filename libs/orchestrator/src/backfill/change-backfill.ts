import type { Pool } from 'pg';
import { requestCancel } from '../run-log/requests.ts';

/**
 * Has what a backfill did not load, or loaded in part, done again; what succeeded stays as it is, and tasks go on at their cursors.
 *
 * @param concurrency another number of runs at the same time; the same as before if undefined.
 * @returns how many of its runs wait again.
 */
export async function resumeBackfill(
  pool: Pool,
  backfillId: string,
  { now, concurrency }: { readonly now: Date; readonly concurrency?: number | undefined },
): Promise<number> {
  const { rows } = await pool.query<{ runs: number }>(
    `with resumed as (
       update ops.runs set state = 'queued', force = false, reason = null, finished_at = null, cancel_requested_at = null,
         loading_ended_at = null
       where backfill_id = $1 and state in ('partly_failed', 'failed', 'cancelled')
       returning run_id
     ), changed as (
       update ops.backfills set concurrency = coalesce($3, concurrency) where backfill_id = $1
     ), noted as (
       insert into ops.run_events (run_id, kind, detail, occurred_at)
       select run_id, 'retry_requested', jsonb_build_object('backfillId', $1::text), $2::timestamptz from resumed
     )
     select count(*)::integer as runs from resumed`,
    [backfillId, now, concurrency ?? null],
  );
  return rows[0]?.runs ?? 0;
}

/**
 * Ends what is open of a backfill: at once where no process leads it, elsewhere within seconds.
 *
 * @returns how many of its runs were open.
 */
export async function cancelBackfill(pool: Pool, backfillId: string, { now }: { readonly now: Date }): Promise<number> {
  const { rows } = await pool.query<{ run_id: string }>(
    `select run_id from ops.runs where backfill_id = $1 and state in ('queued', 'running') order by scheduled_for desc`,
    [backfillId],
  );
  // From the newest: the ones that wait end before their turn comes.
  for (const { run_id: runId } of rows) await requestCancel(pool, runId, { now });
  return rows.length;
}

/** Ends the runs of a backfill that wait, for as long as nobody resumes it; has those that other processes lead end too. */
export async function interruptBackfill(
  pool: Pool,
  backfillId: string,
  { now }: { readonly now: Date },
): Promise<void> {
  await pool.query(
    `with waiting as (
       update ops.runs set state = 'cancelled', reason = 'interrupted', finished_at = $2 where backfill_id = $1 and state = 'queued'
     )
     update ops.runs set cancel_requested_at = $2 where backfill_id = $1 and state = 'running' and cancel_requested_at is null`,
    [backfillId, now],
  );
}
