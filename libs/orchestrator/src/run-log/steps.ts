import type { ErrorFacts } from '@ovis/foundation';
import type { Pool } from 'pg';

export type StepState = 'queued' | 'running' | 'succeeded' | 'partly_failed' | 'failed' | 'skipped' | 'cancelled';

/** A step as the run log has it when its execution begins. */
export interface StepRow {
  /** True if all its tasks are known, so that planning it again would ask the source for nothing new. */
  readonly isPlanned: boolean;
  readonly state: StepState;
}

/** Finds the step of an asset in a run, or makes it, and marks it as running unless it has succeeded. */
export async function beginStep(
  pool: Pool,
  step: { readonly runId: string; readonly asset: string; readonly kind: 'extract' | 'model' },
  now: Date,
): Promise<StepRow> {
  const { rows } = await pool.query<{ planned: boolean; state: StepState }>(
    `insert into ops.steps (run_id, asset, kind, state, started_at) values ($1, $2, $3, 'running', $4)
     on conflict (run_id, asset) do update
       set state = case when steps.state = 'succeeded' then steps.state else 'running' end,
           started_at = case when steps.state = 'succeeded' then steps.started_at else excluded.started_at end
     returning planned, state`,
    [step.runId, step.asset, step.kind, now],
  );
  return { isPlanned: rows[0]?.planned ?? false, state: rows[0]?.state ?? 'running' };
}

/** Notes that all tasks of the step are known. */
export async function markPlanned(pool: Pool, runId: string, asset: string): Promise<void> {
  await pool.query('update ops.steps set planned = true where run_id = $1 and asset = $2', [runId, asset]);
}

/** Writes how the step ended. */
export async function finishStep(
  pool: Pool,
  step: { readonly runId: string; readonly asset: string },
  end: { readonly state: StepState; readonly error: ErrorFacts | null; readonly now: Date },
): Promise<void> {
  await pool.query(
    `update ops.steps set state = $3, error_class = $4, error_message = $5, finished_at = $6 where run_id = $1 and asset = $2`,
    [step.runId, step.asset, end.state, end.error?.errorClass ?? null, end.error?.message ?? null, end.now],
  );
}
