import { fillBatteryDatabase, objectServerSettings, simulatorSettings, startEvaluations } from '@ovis/dev-stack';
import { createTestDatabase } from '@ovis/dev-stack/testing';
import { startSimulator, type Simulator, type SimulatorOptions } from '@ovis/fleet-simulator';

/** All sources of a simulated world, behind real sockets. */
export interface SimulatedSources extends AsyncDisposable {
  readonly simulator: Simulator;
  /** The variables that lead to them. */
  readonly settings: Readonly<Record<string, string>>;
}

/** Starts the shards, the object store and the battery database of one simulated world; `now` must be given. */
export async function startSources(
  options: SimulatorOptions & { readonly historyDays: number },
): Promise<SimulatedSources> {
  const { historyDays, ...world } = options;
  await using started = new AsyncDisposableStack();
  const simulator = started.use(await startSimulator(world));
  const objects = started.use(await startEvaluations(simulator, { historyDays }));
  const database = started.use(await createTestDatabase({ empty: true }));
  const battery = { url: database.url, world: simulator.fleet.world, now: simulator.now(), historyDays };
  const BATTERY_DATABASE_URL = await fillBatteryDatabase(battery);
  const settings = { ...simulatorSettings(simulator), ...objectServerSettings(objects), BATTERY_DATABASE_URL };
  const running = started.move();
  return { simulator, settings, [Symbol.asyncDispose]: () => running.disposeAsync() };
}
