import type { Clock } from '@ovis/foundation';
import type { Pool } from 'pg';

/**
 * Notes that a run of a backfill has loaded what it could. The last one builds the models, for all of them: whoever notes its end while
 * no other is loading. Of two that end at the same moment each sees the other, and one of them gets the claim.
 *
 * @returns the raw tables of which any of the runs brought something; empty unless this run is to build what is downstream of them.
 */
export async function claimModels(
  pool: Pool,
  run: { readonly runId: string; readonly clock: Clock },
  backfillId: string,
): Promise<readonly string[]> {
  // In a transaction of its own, so that those who look next see it.
  await pool.query('update ops.runs set loading_ended_at = $2 where run_id = $1', [run.runId, run.clock.now()]);
  const { rows } = await pool.query<{ assets: readonly string[] | null }>(
    `update ops.backfills set models_run_id = $1
     where backfill_id = $2 and (models_run_id is null or models_run_id = $1) and not exists (
       select from ops.runs
       where runs.backfill_id = $2 and run_id <> $1 and state in ('queued', 'running') and loading_ended_at is null)
     returning (
       select array_agg(distinct tasks.asset order by tasks.asset) from ops.tasks join ops.runs using (run_id)
       where runs.backfill_id = $2 and tasks.state = 'succeeded' and task_key not like '%/*') as assets`,
    [run.runId, backfillId],
  );
  return rows[0]?.assets ?? [];
}
