import type { Pool, PoolClient } from 'pg';
import type { PlannedRun } from './plan-runs.ts';

/** A job by an event, and the raw tables whose data it waits for. */
export interface AwaitingJob {
  readonly name: string;
  readonly upstream: readonly string[];
}

/**
 * Makes the runs of jobs whose raw tables all have newer data than the job was last built from. What that was stands in the newest run by
 * this cause, however it ended: a failure is not repeated until there is newer data, or somebody retries it. The job's first run is due when
 * all its tables have been loaded. Any number of processes may ask at the same time: a lock of the job lets one decide after the other, and
 * the data that a run is made for is unique among the runs of its job.
 *
 * @returns those that were not there before.
 */
export async function planUpstreamRuns(
  pool: Pool,
  jobs: readonly AwaitingJob[],
  { now }: { readonly now: Date },
): Promise<readonly PlannedRun[]> {
  const planned: PlannedRun[] = [];
  for (const job of jobs) {
    // Nearly always there is nothing to do, which takes no lock to find out.
    const due = await pool.query(`${DUE} select from due`, [job.name, job.upstream]);
    if (due.rowCount === 0) continue;
    const run = await makeRun(pool, job, now);
    if (run) planned.push(run);
  }
  return planned;
}

/**
 * The data that the job has not been built from, if all of its tables have newer data, no run of it is open, and it is not paused. Data is
 * told by the materialization that brought it: its number grows, while clocks differ and are set.
 */
const DUE = `
with newest as (
  select asset, materialization_id, finished_at
  from unnest($2::text[]) as upstream (name)
  cross join lateral (
    select asset, materialization_id, finished_at from ops.materializations
    where asset = upstream.name and state in ('succeeded', 'partly_failed')
    order by materialization_id desc limit 1) as data
), last as (
  select built_from, scheduled_for from ops.runs
  where job = $1 and cause = 'upstream' order by scheduled_for desc limit 1
), due as (
  select jsonb_object_agg(asset, materialization_id) as built_from, max(finished_at) as ready_at
  from newest
  where not exists (select from ops.runs where job = $1 and state in ('queued', 'running'))
    and not exists (select from ops.paused_jobs where job = $1)
  having count(*) = cardinality($2::text[])
    and bool_and(materialization_id > coalesce((select (built_from ->> asset)::bigint from last), 0))
)`;

/** Its logical time is when the last of its data was there, and later than that of the run before, whatever the clocks say. */
const MAKE = `${DUE}
insert into ops.runs (job, scheduled_for, cause, state, built_from, created_at)
select $1, greatest(date_trunc('milliseconds', ready_at), (select scheduled_for + interval '1 ms' from last)), 'upstream', 'queued', built_from, $3
from due
on conflict do nothing
returning scheduled_for`;

async function makeRun(pool: Pool, job: AwaitingJob, now: Date): Promise<PlannedRun | null> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    // A statement of its own: the one that decides must see what those before it have made.
    await client.query(`select pg_advisory_xact_lock(hashtextextended('ovis upstream ' || $1, 0))`, [job.name]);
    const run = await insertRun(client, job, now);
    await client.query('commit');
    return run;
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  } finally {
    client.release();
  }
}

async function insertRun(client: PoolClient, { name, upstream }: AwaitingJob, now: Date): Promise<PlannedRun | null> {
  const { rows } = await client.query<{ scheduled_for: Date }>(MAKE, [name, upstream, now]);
  const made = rows[0];
  return made ? { job: name, scheduledFor: made.scheduled_for } : null;
}
