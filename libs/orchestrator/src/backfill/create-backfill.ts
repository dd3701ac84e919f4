import type { Pool } from 'pg';
import { UsageError } from '../errors.ts';
import type { DayRange } from './day-range.ts';

/** What is to be loaded. */
export interface WantedBackfill {
  /** What was asked for, for people. */
  readonly target: string;
  readonly job: string;
  /** Raw tables of the job. */
  readonly assets: readonly string[];
  readonly range: DayRange;
  /** Logical times of the job, in order. */
  readonly ticks: readonly Date[];
  /** Null for all. */
  readonly customers: readonly string[] | null;
  /** Null for all. */
  readonly shards: readonly string[] | null;
  /** Runs that are led at the same time. */
  readonly concurrency: number;
  readonly now: Date;
}

/**
 * Puts the runs of a backfill among those that wait to be led. A run that an earlier backfill made for one of the logical times begins anew
 * for this one: there is one run a job, logical time and cause.
 *
 * @returns the backfill's id.
 * @throws UsageError if another backfill of the job is at one of the logical times.
 */
export async function createBackfill(pool: Pool, wanted: WantedBackfill): Promise<string> {
  const { ticks, job, now } = wanted;
  const client = await pool.connect();
  try {
    await client.query('begin');
    const { rows } = await client.query<{ backfill_id: string }>(
      `insert into ops.backfills (target, job, assets, range_start, range_end, ticks, customers, shards, concurrency, created_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning backfill_id`,
      [
        wanted.target,
        job,
        wanted.assets,
        wanted.range.from,
        wanted.range.to,
        ticks,
        wanted.customers,
        wanted.shards,
        wanted.concurrency,
        now,
      ],
    );
    const backfillId = rows[0]?.backfill_id ?? '';
    const taken = await client.query(
      `insert into ops.runs (job, scheduled_for, cause, state, backfill_id, created_at)
       select $1, tick, 'backfill', 'queued', $3, $4 from unnest($2::timestamptz[]) as tick order by tick
       on conflict (job, scheduled_for, cause) do update
         set state = 'queued', force = true, backfill_id = excluded.backfill_id, reason = null, started_at = null, finished_at = null,
             cancel_requested_at = null, loading_ended_at = null
         where runs.state not in ('queued', 'running')`,
      [job, ticks, backfillId, now],
    );
    if (taken.rowCount !== ticks.length) {
      const busy = await client.query<{ backfill_id: string | null; tick: Date }>(
        `select backfill_id, scheduled_for as tick from ops.runs
         where job = $1 and cause = 'backfill' and scheduled_for = any ($2) and state in ('queued', 'running')
           and backfill_id is distinct from $3
         order by scheduled_for limit 1`,
        [job, ticks, backfillId],
      );
      throw new UsageError(busyMessage(job, busy.rows[0]));
    }
    await client.query(
      `insert into ops.run_events (kind, detail, occurred_at)
       values ('backfill_requested', jsonb_build_object('backfillId', $1::text, 'runs', $2::integer), $3)`,
      [backfillId, ticks.length, now],
    );
    await client.query('commit');
    return backfillId;
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  } finally {
    client.release();
  }
}

function busyMessage(
  job: string,
  busy: { readonly backfill_id: string | null; readonly tick: Date } | undefined,
): string {
  if (!busy) return `the runs of ${job} for this range ended just now; ask again`;
  const id = busy.backfill_id ?? '';
  return (
    `${job} for ${busy.tick.toISOString()} belongs to backfill ${id}, which has not ended: follow it with ` +
    `ovis-backfill status ${id} --follow, go on with it with ovis-backfill resume ${id}, or end it with ovis-backfill cancel ${id}`
  );
}
