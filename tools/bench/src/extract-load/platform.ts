import { randomUUID } from 'node:crypto';
import { parseDatabaseUrl, parseShards } from '@ovis/foundation';
import { parseObjectStoreSettings, S3ObjectStore } from '@ovis/object-store';
import { Presence, sessionName, type ModelBuilder } from '@ovis/orchestrator';
import type { PipelineResources } from '@ovis/pipeline';
import { createPool } from '@ovis/warehouse';
import { ShardedOvisClient } from 'ovis-client';
import type { Pool } from 'pg';

/** What each measured process has of its own. */
export interface MeasuredPlatform {
  readonly pool: Pool;
  readonly presence: Presence;
  readonly resources: PipelineResources;
  readonly close: () => Promise<void>;
}

/** Connects with the settings of the environment. */
export function openMeasured(): MeasuredPlatform {
  const noFile = (): string => '';
  const databaseUrl = parseDatabaseUrl(process.env, noFile);
  const workerId = randomUUID();
  const applicationName = sessionName('ovis-bench', workerId);
  const pool = createPool({ url: databaseUrl, applicationName, role: 'ovis_loader', max: 12 });
  const shards = process.env['OVIS_SHARDS'] === undefined ? null : parseShards(process.env, noFile);
  const client = shards && new ShardedOvisClient({ shards, maxRequestsPerShard: 8 });
  const objects = parseObjectStoreSettings(process.env, noFile);
  const store = objects && new S3ObjectStore({ settings: objects });
  const presence = new Presence(pool, workerId, { host: 'bench', pid: process.pid, version: 'bench' });
  const resources = {
    client,
    pool,
    battery: null,
    evaluations: store && { store, refusedLimit: 0.01 },
    aggregateLateDays: 0,
    models: { directory: '', databaseUrl, threads: 1 },
  };
  const close = async (): Promise<void> => {
    await Promise.all([client?.close(), store?.close()]);
    await pool.end();
  };
  return { pool, presence, resources, close };
}

/** No model is built. */
export const NO_MODELS: ModelBuilder<unknown> = {
  list: () => Promise.resolve([]),
  stale: () => Promise.resolve([]),
  build: () => Promise.resolve([]),
};
