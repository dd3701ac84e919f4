import { fileURLToPath } from 'node:url';
import { startPostgres } from '@ovis/dev-stack';
import { migrateUp } from '@ovis/warehouse';
import { startProcess } from '../measuring/child-process.ts';
import { launchInDagster, prepareDagster, type DagsterFigures } from '../peers/dagster.ts';
import type { Launch } from './launch.ts';

const SERVING = fileURLToPath(new URL('serving.ts', import.meta.url));

/** What the orchestrator takes for itself. */
export interface OrchestratorFigures {
  /** Milliseconds from a tick to the first question to the source, of each tick. */
  readonly tickMs: readonly number[];
  /** Of a run of empty tasks. */
  readonly msPerTask: number;
  readonly cpuMsPerTask: number;
  readonly idleCpuPercent: number;
  readonly idleMegabytes: number;
  /** Runs of three assets, launched by hand one after the other, by a standing process. */
  readonly launches: readonly Launch[];
  readonly launchMegabytes: number;
  /** The same in Dagster, or why not. */
  readonly dagster: DagsterFigures | string;
}

/** Serves jobs that load nothing, so that only the orchestrator is measured. */
export async function measureOrchestrator(options: {
  readonly ticks: number;
  readonly tasks: number;
  readonly idleSeconds: number;
  readonly launches: number;
}): Promise<OrchestratorFigures> {
  const { ticks, tasks, idleSeconds } = options;
  await using server = await startPostgres({ settings: { max_wal_size: '4GB' } });
  await migrateUp({ databaseUrl: server.url });
  const env = { DATABASE_URL: server.url };
  const tickMs: number[] = [];
  {
    await using process = startProcess(SERVING, ['ticks', '0'], env);
    // The first tick passed before the process was there.
    for (const text of (await process.lines(/latencyMs/, ticks + 1)).slice(1)) {
      tickMs.push((JSON.parse(text) as { readonly latencyMs: number }).latencyMs);
    }
  }
  await using many = startProcess(SERVING, ['tasks', String(tasks)], env);
  const [done] = await many.line(/^\{.*cpuSeconds.*\}$/);
  const { seconds, cpuSeconds } = JSON.parse(done) as { readonly seconds: number; readonly cpuSeconds: number };
  await many.stop();
  await using idle = startProcess(SERVING, ['idle', String(idleSeconds)], env);
  const [text] = await idle.line(/^\{.*cpuPercent.*\}$/);
  const { cpuPercent, megabytes } = JSON.parse(text) as { readonly cpuPercent: number; readonly megabytes: number };
  await idle.stop();
  const { launches, launchMegabytes } = await launchHere(env, options.launches);
  const dagster = (await prepareDagster()) ?? (await launchInDagster(options.launches));
  return {
    tickMs,
    msPerTask: (seconds * 1000) / tasks,
    cpuMsPerTask: (cpuSeconds * 1000) / tasks,
    idleCpuPercent: cpuPercent,
    idleMegabytes: megabytes,
    launches,
    launchMegabytes,
    dagster,
  };
}

async function launchHere(
  env: Readonly<Record<string, string>>,
  count: number,
): Promise<Pick<OrchestratorFigures, 'launches' | 'launchMegabytes'>> {
  await using process = startProcess(SERVING, ['launch', String(count)], env);
  const lines = await process.lines(/firstWorkMs/, count);
  const launches = lines.map((text) => JSON.parse(text) as Launch & { readonly megabytes: number });
  return { launches, launchMegabytes: Math.max(...launches.map(({ megabytes }) => megabytes)) };
}
