import type { Pool } from 'pg';
import type { StepState } from '../steps.ts';
import {
  MATERIALIZATION_COLUMNS,
  materialization,
  type MaterializationRecord,
  type MaterializationSummary,
} from './materializations.ts';
import { RUN_COLUMNS, runSummary, type RunRecord, type RunSummary } from './runs.ts';

/** How many tasks of a step are in which state. */
export interface TaskCounts {
  readonly queued: number;
  readonly running: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly cancelled: number;
}

/** One asset in a run. */
export interface StepSummary {
  readonly asset: string;
  readonly kind: 'extract' | 'model';
  readonly state: StepState;
  /** Whether all its tasks are known. */
  readonly isPlanned: boolean;
  readonly errorClass: string | null;
  readonly errorMessage: string | null;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  /** All zero for a model. */
  readonly tasks: TaskCounts;
  /** Parts of the source whose tasks could not be listed. */
  readonly failedScopes: number;
}

/** How many tasks of an asset failed with a class of error. */
export interface FailureCount {
  readonly asset: string;
  readonly errorClass: string;
  readonly tasks: number;
}

/** A run with all that hangs together with it, its tasks apart. */
export interface RunDetail {
  readonly run: RunSummary;
  /** In the order in which they began. */
  readonly steps: readonly StepSummary[];
  /** The most frequent first. */
  readonly failures: readonly FailureCount[];
  /** The newest of each asset. */
  readonly materializations: readonly MaterializationSummary[];
}

/** SQL: whether a row of ops.tasks is a task, and not how planning a scope ended. See `scopeKey`. */
export const IS_TASK = `right(task_key, 2) <> '/*'`;

/** Reads a run; null if there is none with this id. */
export async function readRun(pool: Pool, runId: string): Promise<RunDetail | null> {
  const [runs, steps, failures, materializations] = await Promise.all([
    pool.query<RunRecord>(`select ${RUN_COLUMNS} from ops.runs where run_id = $1`, [runId]),
    readSteps(pool, runId),
    readFailures(pool, runId),
    pool.query<MaterializationRecord>(
      `select distinct on (asset) ${MATERIALIZATION_COLUMNS} from ops.materializations
       where run_id = $1 order by asset, materialization_id desc`,
      [runId],
    ),
  ]);
  const run = runs.rows[0];
  return run
    ? { run: runSummary(run), steps, failures, materializations: materializations.rows.map(materialization) }
    : null;
}

async function readSteps(pool: Pool, runId: string): Promise<readonly StepSummary[]> {
  const { rows } = await pool.query<
    TaskCounts & {
      asset: string;
      kind: 'extract' | 'model';
      state: StepState;
      planned: boolean;
      error_class: string | null;
      error_message: string | null;
      started_at: Date | null;
      finished_at: Date | null;
      failed_scopes: number;
    }
  >(
    `select asset, kind, state, planned, error_class, error_message, started_at, finished_at,
       coalesce(queued, 0) as queued, coalesce(running, 0) as running, coalesce(succeeded, 0) as succeeded,
       coalesce(failed, 0) as failed, coalesce(cancelled, 0) as cancelled, coalesce(failed_scopes, 0) as failed_scopes
     from ops.steps
     left join (
       select asset,
         count(*) filter (where ${IS_TASK} and state = 'queued')::integer as queued,
         count(*) filter (where ${IS_TASK} and state = 'running')::integer as running,
         count(*) filter (where ${IS_TASK} and state = 'succeeded')::integer as succeeded,
         count(*) filter (where ${IS_TASK} and state = 'failed')::integer as failed,
         count(*) filter (where ${IS_TASK} and state = 'cancelled')::integer as cancelled,
         count(*) filter (where not ${IS_TASK} and state = 'failed')::integer as failed_scopes
       from ops.tasks where run_id = $1 group by asset
     ) as counted using (asset)
     where run_id = $1
     order by started_at nulls last, asset`,
    [runId],
  );
  return rows.map((row) => ({
    asset: row.asset,
    kind: row.kind,
    state: row.state,
    isPlanned: row.planned,
    errorClass: row.error_class,
    errorMessage: row.error_message,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    tasks: {
      queued: row.queued,
      running: row.running,
      succeeded: row.succeeded,
      failed: row.failed,
      cancelled: row.cancelled,
    },
    failedScopes: row.failed_scopes,
  }));
}

async function readFailures(pool: Pool, runId: string): Promise<readonly FailureCount[]> {
  const { rows } = await pool.query<{ asset: string; error_class: string; tasks: number }>(
    `select asset, coalesce(error_class, 'unknown') as error_class, count(*)::integer as tasks
     from ops.tasks where run_id = $1 and state = 'failed'
     group by 1, 2 order by tasks desc, asset, error_class`,
    [runId],
  );
  return rows.map((row) => ({ asset: row.asset, errorClass: row.error_class, tasks: row.tasks }));
}
