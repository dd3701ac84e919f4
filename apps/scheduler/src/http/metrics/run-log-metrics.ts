import { readStateCounts, type StateCounts } from '@ovis/orchestrator';
import type { Pool } from 'pg';
import { Gauge, type Registry } from 'prom-client';

/** Where the run log is, and the assets that it is asked about. */
export interface RunLogSource {
  readonly pool: Pool;
  readonly jobs: readonly string[];
  readonly assets: readonly string[];
}

/** Prometheus asks every quarter of a minute or so; several servers may ask at the same time. */
const FRESH_FOR_MS = 5_000;
/** Prometheus waits ten seconds by default; without the run log it still gets the rest. */
const WAIT_MS = 4_000;

/** Reads the run log at most every few seconds; where it does not answer, its metrics are left out. */
export function runLogMetrics(registry: Registry): (source: RunLogSource | null) => Promise<void> {
  const registers = [registry];
  const gauge = (name: string, help: string, labelNames: string[]): Gauge =>
    new Gauge({ name, help, labelNames, registers });
  const isUp = gauge('ovis_run_log_up', 'Whether the run log could be read', []);
  const runs = gauge('ovis_runs', 'Runs in the run log', ['job', 'state']);
  const tasks = gauge('ovis_open_tasks', 'Tasks that wait (queued) or are in hand (running): the depth of the queue', [
    'asset',
    'state',
  ]);
  const written = gauge('ovis_asset_materialized_timestamp_seconds', 'When an asset was written last', ['asset']);
  const drops = gauge('ovis_allowlist_drops', 'Fields that the allowlist kept out of the newest run of an asset', [
    'asset',
    'kind',
  ]);
  const paused = gauge('ovis_job_paused', 'Whether the schedule of a job makes no runs', ['job']);
  const workers = gauge('ovis_workers', 'Processes that have lately said that they live', []);
  const set = (source: RunLogSource, counts: StateCounts): void => {
    for (const known of [runs, tasks, written, drops, paused]) known.reset();
    for (const { job, state, runs: number } of counts.runs) runs.set({ job, state }, number);
    for (const { asset, state, tasks: number } of counts.openTasks) tasks.set({ asset, state }, number);
    for (const { asset, finishedAt, droppedFields, mismatchedFields } of counts.assets) {
      written.set({ asset }, finishedAt.getTime() / 1000);
      if (droppedFields !== null) drops.set({ asset, kind: 'dropped' }, droppedFields);
      if (mismatchedFields !== null) drops.set({ asset, kind: 'mismatched' }, mismatchedFields);
    }
    for (const job of source.jobs) paused.set({ job }, counts.pausedJobs.includes(job) ? 1 : 0);
    workers.set(counts.workers);
  };
  const read = async (source: RunLogSource): Promise<void> => {
    const counts = await withinMs(readStateCounts(source.pool, source.assets), WAIT_MS).catch(() => null);
    isUp.set(counts ? 1 : 0);
    if (counts) set(source, counts);
    else for (const known of [runs, tasks, written, drops, paused, workers]) known.reset();
  };
  let reading: { readonly sinceMs: number; readonly done: Promise<void> } | null = null;
  return async (source) => {
    if (!source) return;
    if (!reading || performance.now() - reading.sinceMs > FRESH_FOR_MS) {
      reading = { sinceMs: performance.now(), done: read(source) };
    }
    await reading.done;
  };
}

async function withinMs<Result>(work: Promise<Result>, ms: number): Promise<Result | null> {
  const over = Promise.withResolvers<null>();
  const timer = setTimeout(() => over.resolve(null), ms);
  try {
    return await Promise.race([work, over.promise]);
  } finally {
    clearTimeout(timer);
  }
}
