import { randomUUID } from 'node:crypto';
import { parseDatabaseUrl, parseShards } from '@ovis/foundation';
import { Presence, sessionName, type ModelBuilder } from '@ovis/orchestrator';
import type { PipelineResources } from '@ovis/pipeline';
import { createPool } from '@ovis/warehouse';
import { ShardedOvisClient } from 'ovis-client';
import type { Pool } from 'pg';

/** What each measured process has of its own. */
export interface MeasuredPlatform {
  readonly pool: Pool;
  readonly client: ShardedOvisClient;
  readonly presence: Presence;
  readonly resources: PipelineResources;
}

/** Connects with the settings of the environment. */
export function openMeasured(): MeasuredPlatform {
  const noFile = (): string => '';
  const databaseUrl = parseDatabaseUrl(process.env, noFile);
  const workerId = randomUUID();
  const applicationName = sessionName('ovis-bench', workerId);
  const pool = createPool({ url: databaseUrl, applicationName, role: 'ovis_loader', max: 12 });
  const client = new ShardedOvisClient({ shards: parseShards(process.env, noFile), maxRequestsPerShard: 8 });
  const presence = new Presence(pool, workerId, { host: 'bench', pid: process.pid, version: 'bench' });
  const resources = {
    client,
    pool,
    battery: null,
    evaluations: null,
    aggregateLateDays: 0,
    models: { directory: '', databaseUrl, threads: 1 },
  };
  return { pool, client, presence, resources };
}

/** No model is built. */
export const NO_MODELS: ModelBuilder<unknown> = {
  list: () => Promise.resolve([]),
  stale: () => Promise.resolve([]),
  build: () => Promise.resolve([]),
};
