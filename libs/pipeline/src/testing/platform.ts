import { resolve } from 'node:path';
import { createTestDatabase } from '@ovis/dev-stack/testing';
import { startSimulator, type Simulator, type SimulatorOptions } from '@ovis/fleet-simulator';
import { ManualClock } from '@ovis/foundation';
import { executeRun, type RunEvent, type RunReport } from '@ovis/orchestrator';
import { createPool } from '@ovis/warehouse';
import { ShardedOvisClient } from 'ovis-client';
import type { Pool, QueryResultRow } from 'pg';
import { createCatalog } from '../catalog.ts';

const MODELS = resolve(import.meta.dirname, '../../../../models');

/** The whole platform on a real database and a simulated fleet behind real sockets. */
export interface TestPlatform extends AsyncDisposable {
  readonly simulator: Simulator;
  readonly databaseUrl: string;
  /** A superuser's connections, to look at everything. */
  readonly administrator: Pool;
  /** Sets the fleet's time and the platform's alike, and runs the twelve-hourly job for the latest tick. */
  runAt(
    time: string,
    options?: { readonly force?: boolean; readonly onEvent?: (event: RunEvent) => void },
  ): Promise<RunReport>;
  rows<Row extends QueryResultRow>(sql: string, values?: readonly unknown[]): Promise<readonly Row[]>;
}

/** @param given a migrated database to use instead of a clone of the template. */
export async function startTestPlatform(
  options: SimulatorOptions,
  given?: { readonly databaseUrl: string },
): Promise<TestPlatform> {
  await using started = new AsyncDisposableStack();
  const simulator = started.use(await startSimulator(options));
  const database = given ? { url: given.databaseUrl } : started.use(await createTestDatabase());
  const pool = createPool({ url: database.url, applicationName: 'test', role: 'ovis_loader', max: 10 });
  started.defer(() => pool.end());
  const administrator = createPool({ url: database.url, applicationName: 'test', max: 2 });
  started.defer(() => administrator.end());
  const client = started.use(
    new ShardedOvisClient({
      shards: simulator.shards.map((shard, index) => ({
        ...shard,
        usernameVariable: `OVIS_SHARD_${String(index + 1)}_USERNAME`,
        passwordVariable: `OVIS_SHARD_${String(index + 1)}_PASSWORD`,
      })),
      maxRequestsPerShard: 8,
    }),
  );
  const clock = new ManualClock(simulator.now());
  const running = started.move();
  return {
    simulator,
    databaseUrl: database.url,
    administrator,
    runAt: (time, { force = false, onEvent = () => undefined } = {}) => {
      simulator.setTime(time);
      clock.set(new Date(time));
      return executeRun({
        catalog: createCatalog(),
        job: 'twelve_hourly_elt',
        cause: 'manual',
        force,
        timeZone: 'UTC',
        resources: {
          client,
          pool,
          aggregateLateDays: 2,
          battery: null,
          evaluations: null,
          models: { directory: MODELS, databaseUrl: database.url, threads: 2 },
        },
        pool,
        clock,
        concurrency: { tasks: 8, tasksPerShard: 4 },
        onEvent,
      });
    },
    rows: async (sql, values = []) => (await administrator.query(sql, [...values])).rows,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
