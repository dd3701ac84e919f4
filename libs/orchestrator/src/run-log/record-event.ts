import type { Pool } from 'pg';

/** Something worth finding again later: kinds and facts, never row values. */
export interface RunLogEvent {
  readonly runId: string;
  readonly asset: string | null;
  readonly taskKey: string | null;
  readonly kind: 'run_started' | 'run_finished' | 'step_finished' | 'scope_failed' | 'task_failed' | 'test_failed';
  readonly detail: Readonly<Record<string, string | number | boolean | null>>;
}

/** Makes the month of the run log that `now` lies in; without it events go to the default partition, where retention does not reach. */
export async function ensureEventsMonth(pool: Pool, now: Date): Promise<void> {
  await pool.query('select ops.ensure_run_events_month($1)', [now]);
}

/** Appends an event to `ops.run_events`. */
export async function recordEvent(pool: Pool, event: RunLogEvent, now: Date): Promise<void> {
  await pool.query(
    `insert into ops.run_events (run_id, asset, task_key, kind, detail, occurred_at) values ($1, $2, $3, $4, $5, $6)`,
    [event.runId, event.asset, event.taskKey, event.kind, JSON.stringify(event.detail), now],
  );
}
