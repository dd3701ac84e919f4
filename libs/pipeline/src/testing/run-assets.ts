import { ManualClock } from '@ovis/foundation';
import { executeRun, type Catalog, type ExtractAsset, type RunEvent, type RunReport } from '@ovis/orchestrator';
import { createPool } from '@ovis/warehouse';
import type { OvisClient } from 'ovis-client';
import type { Pool } from 'pg';
import type { PipelineResources } from '../resources.ts';

/** Runs single assets of the pipeline, without models, against a client of the test's choice. */
export interface AssetRunner extends AsyncDisposable {
  readonly pool: Pool;
  readonly clock: ManualClock;
  /** Runs the assets as one job for a logical time, which is also the clock's, an hour later. */
  runAt(
    scheduledFor: string,
    options?: {
      readonly client?: OvisClient | null;
      readonly force?: boolean;
      readonly signal?: AbortSignal;
      readonly onEvent?: (event: RunEvent) => void;
    },
  ): Promise<RunReport>;
}

const HOUR_MS = 3_600_000;

/** @param cron of the job; `scheduledFor` must be a tick of it. */
export function assetRunner(
  database: { readonly url: string },
  options: {
    readonly assets: readonly ExtractAsset<PipelineResources>[];
    readonly cron: string;
    readonly aggregateLateDays?: number;
    readonly battery?: PipelineResources['battery'];
    readonly evaluations?: PipelineResources['evaluations'];
  },
): AssetRunner {
  const pool = createPool({ url: database.url, applicationName: 'test', role: 'ovis_loader', max: 10 });
  const clock = new ManualClock(new Date(0));
  const { assets, cron, aggregateLateDays = 2, battery = null, evaluations = null } = options;
  const catalog: Catalog<PipelineResources> = {
    assets,
    jobs: [{ name: 'job', description: '', cron, assets: assets.map(({ name }) => name) }],
    models: { list: () => Promise.resolve([]), stale: () => Promise.resolve([]), build: () => Promise.resolve([]) },
  };
  return {
    pool,
    clock,
    runAt: (scheduledFor, { client = null, force = false, signal, onEvent } = {}) => {
      clock.set(new Date(Date.parse(scheduledFor) + HOUR_MS));
      const models = { directory: '', databaseUrl: database.url, threads: 1 };
      return executeRun({
        catalog,
        job: 'job',
        scheduledFor: new Date(scheduledFor),
        cause: 'manual',
        force,
        timeZone: 'UTC',
        resources: { client, pool, models, aggregateLateDays, battery, evaluations },
        pool,
        clock,
        concurrency: { tasks: 8, tasksPerShard: 4 },
        ...(signal ? { signal } : {}),
        ...(onEvent ? { onEvent } : {}),
      });
    },
    [Symbol.asyncDispose]: () => pool.end(),
  };
}
