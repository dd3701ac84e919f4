import { parentPort, workerData } from 'node:worker_threads';
import { SimulatedClock } from './clock.ts';
import { Counters } from './counters.ts';
import { createFleet } from '../fleet/fleet.ts';
import type { ShardSettings } from './shard-settings.ts';
import { startShard } from './shard-server.ts';

/** What a worker is started with. */
export interface ShardWorkerData {
  readonly settings: ShardSettings;
  readonly clock: SharedArrayBuffer;
  readonly counters: SharedArrayBuffer;
}

/** What a worker says once: the port that it listens on, or why it does not. */
export type ShardWorkerMessage = { readonly port: number } | { readonly error: unknown };

const data = workerData as ShardWorkerData;
const wallClock = (): number => Date.now();
const parts = {
  fleet: createFleet(data.settings.fleet),
  clock: new SimulatedClock(wallClock, data.clock),
  counters: new Counters(data.counters),
  wallClock,
};
startShard(data.settings, parts).then(
  ({ port }) => parentPort?.postMessage({ port } satisfies ShardWorkerMessage, []),
  (error: unknown) => parentPort?.postMessage({ error } satisfies ShardWorkerMessage, []),
);
