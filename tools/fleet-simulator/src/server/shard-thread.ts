import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { SimulatorListenError } from '../errors.ts';
import type { ShardSettings } from './shard-settings.ts';
import type { RunningServer } from './listen.ts';
import type { ShardParts } from './shard-server.ts';
import type { ShardWorkerData, ShardWorkerMessage } from './shard-worker.ts';

/** Like `startShard`, in a thread of its own, which makes its own copy of the fleet and shares clock and counters. */
export async function startShardThread(settings: ShardSettings, parts: ShardParts): Promise<RunningServer> {
  // Beside this file, as TypeScript or as what was built from it.
  const entry = new URL(`./shard-worker${extname(import.meta.url)}`, import.meta.url);
  const data: ShardWorkerData = { settings, clock: parts.clock.shared, counters: parts.counters.shared };
  const worker = new Worker(entry, { workerData: data });
  const message = await new Promise<ShardWorkerMessage>((resolve) => {
    worker.once('message', resolve);
    worker.once('error', (error) => resolve({ error }));
  });
  if ('error' in message) {
    await worker.terminate();
    throw new SimulatorListenError(settings.host, settings.port, { cause: message.error });
  }
  return { port: message.port, close: async () => void (await worker.terminate()) };
}
