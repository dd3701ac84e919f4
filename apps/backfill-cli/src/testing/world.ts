import { fillBatteryDatabase, objectServerSettings, simulatorSettings, startEvaluations } from '@ovis/dev-stack';
import { createTestDatabase } from '@ovis/dev-stack/testing';
import { startSimulator, type Simulator } from '@ovis/fleet-simulator';
import { Client } from 'pg';
import { start, type Ended } from './run-backfill.ts';

/** All sources of a simulated world behind real sockets, and a warehouse of its own. */
export interface World extends AsyncDisposable {
  readonly simulator: Simulator;
  /** The variables that lead to them. */
  readonly settings: Readonly<Record<string, string>>;
  /** Runs `ovis-backfill` to its end, at the world's time. */
  backfill(...arguments_: readonly string[]): Promise<Ended>;
  /** Runs `ovis-scheduler` to its end, at the world's time. */
  scheduler(...arguments_: readonly string[]): Promise<Ended>;
  /** Begins with a new warehouse, in which nothing was loaded or run. */
  empty(): Promise<void>;
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
  let warehouse = await createTestDatabase();
  started.defer(() => warehouse.drop());
  const battery = { url: source.url, world: simulator.fleet.world, now: simulator.now(), historyDays };
  const sources = {
    ...simulatorSettings(simulator),
    ...objectServerSettings(objects),
    BATTERY_DATABASE_URL: await fillBatteryDatabase(battery),
  };
  const running = started.move();
  const run = (program: 'backfill-cli' | 'scheduler', arguments_: readonly string[]): Promise<Ended> =>
    start(program, [...arguments_, '--now', now], { ...sources, DATABASE_URL: warehouse.url }).ended;
  return {
    simulator,
    get settings() {
      return { ...sources, DATABASE_URL: warehouse.url };
    },
    backfill: (...arguments_) => run('backfill-cli', arguments_),
    scheduler: (...arguments_) => run('scheduler', arguments_),
    empty: async () => {
      await warehouse.drop();
      warehouse = await createTestDatabase();
    },
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
