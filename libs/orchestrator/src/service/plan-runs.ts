import type { Pool } from 'pg';
import type { Job } from '../asset.ts';
import { dueTicks } from './due-ticks.ts';

/** A run that a schedule has made. */
export interface PlannedRun {
  readonly job: string;
  readonly scheduledFor: Date;
}

/**
 * Makes the runs of ticks that are due. The run log decides what is due, and holds each run once: so any number of processes may ask at
 * the same time.
 *
 * @returns those that were not there before.
 */
export async function planScheduledRuns(
  pool: Pool,
  jobs: readonly Job[],
  { timeZone, now }: { readonly timeZone: string; readonly now: Date },
): Promise<readonly PlannedRun[]> {
  const { rows } = await pool.query<{ job: string; last: Date | null; is_paused: boolean }>(
    `select job, (select max(scheduled_for) from ops.runs where runs.job = jobs.job and cause = 'schedule') as last,
            exists (select from ops.paused_jobs where paused_jobs.job = jobs.job) as is_paused
     from unnest($1::text[]) as jobs (job)`,
    [jobs.map(({ name }) => name)],
  );
  const known = new Map(rows.map((row) => [row.job, row]));
  const due = jobs.flatMap((job) => {
    const { last = null, is_paused: isPaused = false } = known.get(job.name) ?? {};
    if (isPaused) return [];
    return dueTicks({ cron: job.cron, timeZone }, last, now, job.missed ?? 'all').map((scheduledFor) => ({
      job: job.name,
      scheduledFor,
    }));
  });
  if (due.length === 0) return [];
  const made = await pool.query<{ job: string; scheduled_for: Date }>(
    `insert into ops.runs (job, scheduled_for, cause, state, created_at)
     select due.job, due.scheduled_for, 'schedule', 'queued', $3
     from unnest($1::text[], $2::timestamptz[]) as due (job, scheduled_for)
     where not exists (
       -- Done by hand, or by a backfill, before its schedule came to it.
       select from ops.runs as done
       where done.job = due.job and done.scheduled_for = due.scheduled_for and done.state = 'succeeded' and done.cause <> 'schedule')
     on conflict (job, scheduled_for, cause) do nothing
     returning job, scheduled_for`,
    [due.map(({ job }) => job), due.map(({ scheduledFor }) => scheduledFor), now],
  );
  return made.rows.map((row) => ({ job: row.job, scheduledFor: row.scheduled_for }));
}
