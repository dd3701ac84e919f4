import { inspect } from 'node:util';
import { PostgresBatteryDatabase } from '@ovis/battery-db';
import { createTestDatabase } from '@ovis/dev-stack/testing';
import { S3ObjectStore } from '@ovis/object-store';
import type { RunReport } from '@ovis/orchestrator';
import { ShardedOvisClient } from 'ovis-client';
import { Pool } from 'pg';
import { batteryEvalResults } from '../../assets/battery-eval-results.ts';
import { batteryMeasurements, batteryReplacements } from '../../assets/battery-rows.ts';
import { CustomerDirectory } from '../../assets/customer-directory.ts';
import { dailyAggregates } from '../../assets/daily-aggregates.ts';
import { deviceLastUpdates } from '../../assets/device-last-updates.ts';
import { thermostatHierarchy } from '../../assets/thermostat-hierarchy.ts';
import { assetRunner } from '../run-assets.ts';
import { tablesMatching } from '../search-database.ts';
import { CANARY, MARK } from './canaries.ts';
import { startCanaryBattery } from './canary-battery.ts';
import { startCanaryShard } from './canary-shard.ts';
import { BUCKET, startCanaryStore } from './canary-store.ts';
import { canaryWorld } from './canary-world.ts';
import { recordErrors } from './record-errors.ts';

/** What is to be seen after all three jobs have run against sources full of canaries. */
export interface PrivacyFindings {
  readonly reports: readonly RunReport[];
  /** Tables of any schema with rows that hold a canary. Empty if none does. */
  readonly tables: Readonly<Record<string, number>>;
  /** The same for a text that is allowed: the search finds what is there. */
  readonly control: Readonly<Record<string, number>>;
  /** All that the runs said while they ran and at their end. */
  readonly said: string;
  /** Everything that a client of a source threw, with all of its fields and causes. */
  readonly errors: readonly string[];
  /** Rows by table. */
  readonly rows: Readonly<Record<string, number>>;
}

const PATIENCE = { maxAttempts: 3, retryBaseDelayMs: 1, maxRetryAfterMs: 5 } as const;

/**
 * Runs all assets of the platform against real sockets that serve generated documents, and looks for canaries afterwards.
 *
 * @param documents how many there are over all sources.
 */
export async function privacyRun(documents: number, seed: number): Promise<PrivacyFindings> {
  const world = canaryWorld(documents, seed);
  await using opened = new AsyncDisposableStack();
  const shard = opened.use(await startCanaryShard(world));
  const server = opened.use(await startCanaryStore(world));
  const source = opened.use(await startCanaryBattery(world));
  const database = opened.use(await createTestDatabase());
  const administrator = opened.adopt(new Pool({ connectionString: database.url, max: 2 }), (pool) => pool.end());
  const thrown: unknown[] = [];

  const client = opened.use(
    new ShardedOvisClient({
      ...PATIENCE,
      shards: [{ baseUrl: shard.url, username: MARK, password: MARK }],
      headersTimeoutMs: 5_000,
      circuitFailures: 1_000_000,
      retryBudgetCapacity: 1_000_000,
    }),
  );
  const { endpoint, accessKey, secretKey, region } = server;
  const settings = { endpoint, accessKey, secretKey, region, bucket: BUCKET };
  const store = opened.use(new S3ObjectStore({ ...PATIENCE, settings }));
  const battery = opened.adopt(new PostgresBatteryDatabase({ url: source.url }), (made) => made.close());
  const sources = {
    battery: { database: recordErrors(battery, thrown), overlapMs: 3_600_000, recountDays: 14 },
    evaluations: { store: recordErrors(store, thrown), refusedLimit: 1 },
  };
  const directory = new CustomerDirectory();
  const twelveHourly = { cron: '0 */12 * * *', assets: [deviceLastUpdates(directory), thermostatHierarchy(directory)] };
  const daily = { cron: '0 3 * * *', assets: [dailyAggregates(directory)] };
  const nightly = { cron: '15 2 * * *', assets: [batteryEvalResults(), batteryMeasurements(), batteryReplacements()] };

  const events: unknown[] = [];
  const reports: RunReport[] = [];
  const runs = [
    [twelveHourly, '2026-11-23T00:00:00.000Z'],
    [nightly, '2026-11-23T02:15:00.000Z'],
    [daily, '2026-11-23T03:00:00.000Z'],
    [nightly, '2026-11-24T02:15:00.000Z'],
  ] as const;
  for (const [index, [job, scheduledFor]] of runs.entries()) {
    if (index === 3) await source.breakMeasurements();
    await using runner = assetRunner(database, { ...job, ...sources });
    const onEvent = (event: unknown): void => void events.push(event);
    reports.push(await runner.runAt(scheduledFor, { client: recordErrors(client, thrown), onEvent }));
  }
  const rows: Record<string, number> = {};
  for (const table of Object.keys(COUNTED)) rows[table] = await countOf(administrator, table);
  return {
    reports,
    rows,
    tables: await tablesMatching(administrator, CANARY),
    control: await tablesMatching(administrator, 'd-[0-9]'),
    said: JSON.stringify([events, reports]),
    errors: thrown.map((error) => inspect(error, { depth: 20, showHidden: true })),
  };
}

const COUNTED = {
  'raw.device_last_updates': true,
  'raw.thermostat_hierarchy': true,
  'raw.daily_aggregates': true,
  'raw.battery_measurements': true,
  'raw.battery_replacements': true,
  'raw.battery_eval_results': true,
  'ops.quarantine': true,
  'ops.allowlist_drops': true,
};

async function countOf(pool: Pool, table: string): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(`select count(*)::int as count from ${table}`);
  return rows[0]?.count ?? 0;
}
