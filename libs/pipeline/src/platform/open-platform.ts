import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { PostgresBatteryDatabase } from '@ovis/battery-db';
import { S3ObjectStore } from '@ovis/object-store';
import { Presence, RequestLeases, sessionName, type Concurrency } from '@ovis/orchestrator';
import { assertMigrated, createPool } from '@ovis/warehouse';
import { ShardedOvisClient, type ClientEvents } from 'ovis-client';
import type { Pool } from 'pg';
import type { PipelineResources } from '../resources.ts';
import type { PlatformSettings } from './settings.ts';

/** Pools and clients of one process. */
export interface Platform extends AsyncDisposable {
  readonly resources: PipelineResources;
  /** For the run log and the queue. */
  readonly pool: Pool;
  readonly concurrency: Concurrency;
  /** This process, among those that share the run log. */
  readonly presence: Presence;
  /** Its share of the requests; null when no shard is set. */
  readonly leases: RequestLeases | null;
}

const MODEL_THREADS = 4;
/** Most tasks in hand wait for the transaction that stores their rows together; what is asked of a shard is limited by the client. */
const TASKS_PER_SHARD = 12;
const FEWEST_TASKS = 16;
/** Two batches of each raw table, the run's lock, the run log and the queue. */
const CONNECTIONS = 16;
/** A shard that restarts is waited for this long, instead of failing every customer asked for meanwhile. */
const CIRCUIT_MAX_WAIT_MS = 30_000;

/** The program that connects: sessions at the server, and workers in the run log, bear its name and version. */
export interface Program {
  readonly name: string;
  readonly version: string;
  /** Told of the requests to the shards. */
  readonly clientEvents?: ClientEvents;
}

/**
 * Connects to everything that the jobs need.
 *
 * @throws NotMigratedError if the database is older than this version.
 */
export async function openPlatform(settings: PlatformSettings, program: Program): Promise<Platform> {
  const workerId = randomUUID();
  const applicationName = sessionName(program.name, workerId);
  const connection = { url: settings.databaseUrl, applicationName };
  const tasks = Math.max(FEWEST_TASKS, TASKS_PER_SHARD * settings.shards.length);
  const pool = createPool({ ...connection, role: 'ovis_loader', max: CONNECTIONS });
  const presence = new Presence(pool, workerId, { host: hostname(), pid: process.pid, version: program.version });
  const leases =
    settings.shards.length === 0 ? null : new RequestLeases({ pool, presence, perShard: settings.maxRequestsPerShard });
  const client =
    leases &&
    new ShardedOvisClient({
      shards: settings.shards,
      maxRequestsPerShard: settings.maxRequestsPerShard,
      circuitMaxWaitMs: CIRCUIT_MAX_WAIT_MS,
      requestLimiter: leases,
      events: program.clientEvents,
    });
  const { batteryDatabaseUrl } = settings;
  const battery = batteryDatabaseUrl === null ? null : new PostgresBatteryDatabase({ url: batteryDatabaseUrl });
  const store = settings.objectStore && new S3ObjectStore({ settings: settings.objectStore });
  const close = async (): Promise<void> => {
    await Promise.all([client?.close(), battery?.close(), store?.close()]);
    await pool.end();
  };
  try {
    await assertMigrated(pool);
  } catch (error) {
    await close();
    throw error;
  }
  const models = {
    directory: settings.modelsDirectory,
    databaseUrl: settings.databaseUrl,
    threads: MODEL_THREADS,
    applicationName,
  };
  const resources: PipelineResources = {
    client,
    pool,
    battery: battery && {
      database: battery,
      overlapMs: settings.batteryOverlapMinutes * 60_000,
      recountDays: settings.batteryRecountDays,
    },
    evaluations: store && { store, refusedLimit: settings.refusedLinesPercent / 100 },
    aggregateLateDays: settings.aggregateLateDays,
    models,
  };
  const concurrency = { tasks, tasksPerShard: Math.max(TASKS_PER_SHARD, settings.maxRequestsPerShard) };
  return {
    pool,
    concurrency,
    presence,
    leases,
    resources,
    [Symbol.asyncDispose]: close,
  };
}
