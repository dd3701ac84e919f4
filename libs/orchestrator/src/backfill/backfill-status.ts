import type { Pool } from 'pg';
import type { RunState } from '../run-log/open-run.ts';
import type { DayRange } from './day-range.ts';

/** Where one run of a backfill stands. */
export interface BackfillRunStatus {
  readonly scheduledFor: Date;
  /** `replaced`: a newer backfill asked for the same logical time, and the run is its own now; or it was forgotten. */
  readonly state: RunState | 'replaced';
  readonly runId: string | null;
  readonly reason: string | null;
  /** Known so far: planning may be under way. */
  readonly tasks: number;
  readonly succeededTasks: number;
  readonly failedTasks: number;
  /** Parts of the source that could not be listed. */
  readonly failedScopes: number;
  readonly rows: number;
  readonly requests: number;
  /** Failures by class, the most frequent first. */
  readonly errors: readonly { readonly errorClass: string; readonly count: number }[];
  readonly startedAt: Date | null;
  readonly loadingEndedAt: Date | null;
  readonly finishedAt: Date | null;
}

/** How the models downstream of a backfill stand. `none_yet`: not all is loaded. */
export type BackfillModelsState = 'none_yet' | 'building' | 'built' | 'failed';

/** Where a backfill stands. */
export interface BackfillStatus {
  readonly backfillId: string;
  readonly target: string;
  readonly job: string;
  readonly assets: readonly string[];
  readonly range: DayRange;
  readonly customers: readonly string[] | null;
  readonly shards: readonly string[] | null;
  readonly concurrency: number;
  readonly createdAt: Date;
  /** `running` as long as one of its runs is; `queued` while all that are open wait. */
  readonly state: RunState;
  /** By logical time. */
  readonly runs: readonly BackfillRunStatus[];
  readonly models: BackfillModelsState;
}

interface BackfillRecord {
  readonly backfill_id: string;
  readonly target: string;
  readonly job: string;
  readonly assets: readonly string[];
  readonly range_start: string;
  readonly range_end: string;
  readonly customers: readonly string[] | null;
  readonly shards: readonly string[] | null;
  readonly concurrency: number;
  readonly created_at: Date;
  readonly models_state: BackfillModelsState;
}

const BACKFILL = `select backfill_id, target, job, assets, range_start::text, range_end::text, customers, shards, concurrency, created_at,
  case when models_run_id is null then 'none_yet'
    when (select state from ops.runs where run_id = models_run_id) in ('queued', 'running') then 'building'
    when exists (select from ops.steps where run_id = models_run_id and kind = 'model' and steps.state = 'failed') then 'failed'
    else 'built' end as models_state
from ops.backfills`;

/**
 * Finds a backfill.
 *
 * @param id its id, or the beginning of it.
 * @returns null if there is none, or more than one that begins like this.
 */
export async function readBackfill(pool: Pool, id: string): Promise<BackfillStatus | null> {
  const { rows } = await pool.query<BackfillRecord>(
    `${BACKFILL} where left(backfill_id::text, length($1)) = $1 limit 2`,
    [id.toLowerCase()],
  );
  const [backfill, other] = rows;
  return backfill && !other ? withRuns(pool, backfill) : null;
}

/** The newest backfills, the newest first. */
export async function listBackfills(pool: Pool, atMost: number): Promise<readonly BackfillStatus[]> {
  const { rows } = await pool.query<BackfillRecord>(`${BACKFILL} order by created_at desc, backfill_id limit $1`, [
    atMost,
  ]);
  return Promise.all(rows.map((row) => withRuns(pool, row)));
}

async function withRuns(pool: Pool, record: BackfillRecord): Promise<BackfillStatus> {
  const { rows } = await pool.query<RunRecord>(RUNS, [record.backfill_id]);
  const runs = rows.map(runStatus);
  return {
    backfillId: record.backfill_id,
    target: record.target,
    job: record.job,
    assets: record.assets,
    range: { from: record.range_start, to: record.range_end },
    customers: record.customers,
    shards: record.shards,
    concurrency: record.concurrency,
    createdAt: record.created_at,
    state: stateOf(runs),
    runs,
    models: record.models_state,
  };
}

const WORST: readonly RunState[] = ['running', 'queued', 'cancelled', 'failed', 'partly_failed'];

/** Pure: the state of a backfill from those of its runs. */
export function stateOf(runs: readonly Pick<BackfillRunStatus, 'state'>[]): RunState {
  return WORST.find((state) => runs.some((run) => run.state === state)) ?? 'succeeded';
}

interface RunRecord {
  readonly scheduled_for: Date;
  readonly run_id: string | null;
  readonly state: RunState | null;
  readonly reason: string | null;
  readonly started_at: Date | null;
  readonly loading_ended_at: Date | null;
  readonly finished_at: Date | null;
  readonly tasks: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly failed_scopes: number;
  readonly rows: string | null;
  readonly requests: string | null;
  readonly errors: Readonly<Record<string, number>> | null;
}

const RUNS = `
select ticks.scheduled_for, runs.run_id, runs.state, runs.reason, runs.started_at, runs.loading_ended_at, runs.finished_at,
  counted.*, errors
from ops.backfills
cross join unnest(ticks) as ticks (scheduled_for)
left join ops.runs on runs.backfill_id = backfills.backfill_id and runs.scheduled_for = ticks.scheduled_for
left join lateral (
  select count(*) filter (where not is_scope)::integer as tasks,
    count(*) filter (where not is_scope and state = 'succeeded')::integer as succeeded,
    count(*) filter (where not is_scope and state = 'failed')::integer as failed,
    count(*) filter (where is_scope and state = 'failed')::integer as failed_scopes,
    sum(coalesce((counters ->> 'rowsInserted')::bigint, 0) + coalesce((counters ->> 'rowsUpdated')::bigint, 0)
      + coalesce((counters ->> 'rowsUnchanged')::bigint, 0)) as rows,
    sum((counters ->> 'requests')::bigint) as requests
  from (select *, task_key like '%/*' as is_scope from ops.tasks where tasks.run_id = runs.run_id) as tasks
) as counted on true
left join lateral (
  select jsonb_object_agg(error_class, count) as errors
  from (
    select error_class, count(*) as count from ops.tasks
    where tasks.run_id = runs.run_id and state = 'failed' and error_class is not null group by 1) as by_class
) as failures on true
where backfills.backfill_id = $1
order by 1`;

function runStatus(row: RunRecord): BackfillRunStatus {
  return {
    scheduledFor: row.scheduled_for,
    state: row.state ?? 'replaced',
    runId: row.run_id,
    reason: row.reason,
    tasks: row.tasks,
    succeededTasks: row.succeeded,
    failedTasks: row.failed,
    failedScopes: row.failed_scopes,
    rows: Number(row.rows ?? 0),
    requests: Number(row.requests ?? 0),
    errors: Object.entries(row.errors ?? {})
      .map(([errorClass, count]) => ({ errorClass, count }))
      .toSorted((a, b) => b.count - a.count),
    startedAt: row.started_at,
    loadingEndedAt: row.loading_ended_at,
    finishedAt: row.finished_at,
  };
}
