import { fillBatteryDatabase, objectServerSettings, simulatorSettings, startEvaluations } from '@ovis/dev-stack';
import { createTestDatabase } from '@ovis/dev-stack/testing';
import { startSimulator, type Simulator } from '@ovis/fleet-simulator';
import { Client } from 'pg';
import { start, type Ended } from './run-backfill.ts';

/** All sources of a simulated world behind real sockets, and a warehouse of its own. */
export interface World extends AsyncDisposable {
  readonly simulator: Simulator;
  readonly databaseUrl: string;
  /** The variables that lead to them. */
  readonly settings: Readonly<Record<string, string>>;
  /** Runs `ovis-backfill` to its end, at the world's time. */
  backfill(...arguments_: readonly string[]): Promise<Ended>;
  /** Runs `ovis-scheduler` to its end, at the world's time. */
  scheduler(...arguments_: readonly string[]): Promise<Ended>;
  /** The first row of a statement. */
  ask<Row extends object>(sql: string): Promise<Row | undefined>;
}

/** Starts a small world that stands at a moment. */
export async function startWorld(now: string, latencyMs = 5): Promise<World> {
  await using started = new AsyncDisposableStack();
  const historyDays = 40;
  const simulator = started.use(
    await startSimulator({ devices: 60, customers: 12, shards: 2, seed: 11, now, latencyMs }),
  );
  const objects = started.use(await startEvaluations(simulator, { historyDays }));
  const source = started.use(await createTestDatabase({ empty: true }));
  const warehouse = started.use(await createTestDatabase());
  const battery = { url: source.url, world: simulator.fleet.world, now: simulator.now(), historyDays };
  const settings = {
    DATABASE_URL: warehouse.url,
    ...simulatorSettings(simulator),
    ...objectServerSettings(objects),
    BATTERY_DATABASE_URL: await fillBatteryDatabase(battery),
  };
  const running = started.move();
  const run = (program: 'backfill-cli' | 'scheduler', arguments_: readonly string[]): Promise<Ended> =>
    start(program, [...arguments_, '--now', now], settings).ended;
  return {
    simulator,
    databaseUrl: warehouse.url,
    settings,
    backfill: (...arguments_) => run('backfill-cli', arguments_),
    scheduler: (...arguments_) => run('scheduler', arguments_),
    ask: (sql) => askDatabase(warehouse.url, sql),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

async function askDatabase<Row extends object>(url: string, sql: string): Promise<Row | undefined> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows[0];
  } finally {
    await client.end();
  }
}
