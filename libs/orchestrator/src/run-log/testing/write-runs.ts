import type { Pool } from 'pg';
import type { ExtractAsset, Job } from '../../asset.ts';
import type { RunCause, RunState } from '../open-run.ts';

/** A catalog's static side: a job of a snapshot and one that can be asked for any past tick. */
export const jobs: readonly Job[] = [
  { name: 'states', description: '', cron: '0 */12 * * *', assets: ['raw.states'] },
  { name: 'days', description: '', cron: '0 3 * * *', assets: ['raw.days'] },
];

function asset(name: string, isSnapshot: boolean): ExtractAsset<null> {
  return {
    name,
    description: '',
    isSnapshot,
    unavailable: () => null,
    scopes: () => [],
    plan: () => ReadableStream.from<never>([]),
    load: () => Promise.resolve(),
  };
}

export const assets: readonly ExtractAsset<null>[] = [asset('raw.states', true), asset('raw.days', false)];

/** Writes a run as it stands. @returns its id. */
export async function writeRun(
  pool: Pool,
  run: {
    readonly job: string;
    readonly scheduledFor: string;
    readonly state: RunState;
    readonly cause?: RunCause;
    readonly force?: boolean;
  },
): Promise<string> {
  const { rows } = await pool.query<{ run_id: string }>(
    `insert into ops.runs (job, scheduled_for, cause, state, force, attempt, reason, created_at)
     values ($1, $2, $3, $4, $5, 1, 'for a reason', $2) returning run_id`,
    [run.job, run.scheduledFor, run.cause ?? 'schedule', run.state, run.force ?? false],
  );
  return rows[0]?.run_id ?? '';
}

/** Writes a step and tasks of it by `key: [state, error class]`. */
export async function writeStep(
  pool: Pool,
  runId: string,
  step: {
    readonly asset: string;
    readonly state: string;
    readonly tasks?: Readonly<Record<string, readonly [state: string, errorClass?: string]>>;
  },
): Promise<void> {
  await pool.query(
    `insert into ops.steps (run_id, asset, kind, state, started_at)
     values ($1, $2, case when $2 like 'raw.%' then 'extract' else 'model' end, $3, now())`,
    [runId, step.asset, step.state],
  );
  const tasks = Object.entries(step.tasks ?? {});
  await pool.query(
    `insert into ops.tasks (run_id, asset, task_key, shard, state, error_class, error_message)
     select $1, $2, key, split_part(key, '/', 1), state, class, 'it failed: ' || class
     from unnest($3::text[], $4::text[], $5::text[]) as given (key, state, class)`,
    [
      runId,
      step.asset,
      tasks.map(([key]) => key),
      tasks.map(([, [state]]) => state),
      tasks.map(([, [, errorClass]]) => errorClass ?? null),
    ],
  );
}
