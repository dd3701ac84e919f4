import { randomUUID } from 'node:crypto';
import type { Clock } from '@ovis/foundation';
import { Presence, serve, sessionName, type Catalog } from '@ovis/orchestrator';
import { createPool } from '@ovis/warehouse';
import type { Pool } from 'pg';

/** One that serves, with connections of its own. */
export interface Replica {
  /** Ends it as a deployment does: it hands back what it has. */
  stop(): Promise<void>;
}

/** How many tasks one works on at the same time. */
const TASKS = 16;
/** Simulated time flies. */
const LOOK_EVERY_MS = 20;

/** Starts one; it serves until it is stopped. */
export function startReplica(options: {
  readonly databaseUrl: string;
  readonly clock: Clock;
  readonly catalogFor: (pool: Pool) => Catalog<null>;
}): Replica {
  const { databaseUrl, clock, catalogFor } = options;
  const workerId = randomUUID();
  const applicationName = sessionName('ovis-simulation', workerId);
  const pool = createPool({ url: databaseUrl, applicationName, role: 'ovis_loader', max: TASKS + 4 });
  const presence = new Presence(pool, workerId, { host: 'simulation', pid: process.pid, version: 'simulation' });
  const stopping = new AbortController();
  const serving = serve({
    catalog: catalogFor(pool),
    timeZone: 'UTC',
    resources: null,
    pool,
    clock,
    presence,
    concurrency: { tasks: TASKS, tasksPerShard: TASKS },
    leads: true,
    lookEveryMs: LOOK_EVERY_MS,
    signal: stopping.signal,
  });
  return {
    stop: async () => {
      stopping.abort();
      await serving;
      await pool.end();
    },
  };
}
