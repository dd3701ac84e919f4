import type { Pool } from 'pg';

/** How long the run log keeps what. Days. */
export interface RunLogRetention {
  /** Runs, steps, materializations and allowlist drops. */
  readonly runs: number;
  /** Tasks, quarantined rows and events of runs. */
  readonly details: number;
}

/** What was removed. */
export interface ForgottenRunLog {
  readonly runs: number;
  readonly tasks: number;
  readonly quarantined: number;
  readonly eventMonths: number;
  readonly touches: number;
}

const ROWS_AT_ONCE = 20_000;
const DAY_MS = 86_400_000;
/** Long after any load of the day has committed. */
const COMPACTED_AFTER_DAYS = 3;

/** Removes from the run log what is older than it is kept, some thousand rows at a time. Loaded intervals are kept for ever: a row a run and table. */
export async function forgetOldRuns(
  pool: Pool,
  retention: RunLogRetention,
  { now, signal }: { readonly now: Date; readonly signal: AbortSignal },
): Promise<ForgottenRunLog> {
  const before = (days: number): Date => new Date(now.getTime() - days * DAY_MS);
  const details = before(retention.details);
  const deleteAll = async (statement: string, moment: Date): Promise<number> => {
    for (let total = 0; ;) {
      signal.throwIfAborted();
      const { rowCount } = await pool.query(statement, [moment, ROWS_AT_ONCE]);
      total += rowCount ?? 0;
      if ((rowCount ?? 0) < ROWS_AT_ONCE) return total;
    }
  };
  const tasks = await deleteAll(
    `delete from ops.tasks where task_id in (
       select task_id from ops.tasks join ops.runs using (run_id) where runs.finished_at < $1 limit $2)`,
    details,
  );
  const quarantined = await deleteAll(
    'delete from ops.quarantine where quarantine_id in (select quarantine_id from ops.quarantine where created_at < $1 limit $2)',
    details,
  );
  const runs = await deleteAll(
    'delete from ops.runs where run_id in (select run_id from ops.runs where finished_at < $1 limit $2)',
    before(retention.runs),
  );
  await deleteAll(
    `delete from ops.backfills where backfill_id in (
       select backfill_id from ops.backfills
       where created_at < $1 and not exists (select from ops.runs where runs.backfill_id = backfills.backfill_id) limit $2)`,
    before(retention.runs),
  );
  const events = await pool.query<{ months: number }>('select ops.drop_run_events_before($1) as months', [details]);
  const touches = await pool.query<{ fewer: string }>('select ops.compact_touched_days($1) as fewer', [
    before(COMPACTED_AFTER_DAYS),
  ]);
  return {
    runs,
    tasks,
    quarantined,
    eventMonths: events.rows[0]?.months ?? 0,
    touches: Number(touches.rows[0]?.fewer ?? 0),
  };
}
