import { fileURLToPath } from 'node:url';
import { startPostgres } from '@ovis/dev-stack';
import { migrateUp } from '@ovis/warehouse';
import { extract, type Extraction } from '../extract-load/extract.ts';
import { startProcess } from '../measuring/child-process.ts';

const SIMULATOR = fileURLToPath(new URL('../../../fleet-simulator/src/cli/main.ts', import.meta.url));

/** Extracts the device states of fleets of several sizes, each into a server of its own. */
export async function measureScale(sizes: readonly number[]): Promise<readonly Extraction[]> {
  const extractions: Extraction[] = [];
  for (const devices of sizes) {
    await using server = await startPostgres({ settings: { max_wal_size: '4GB', shared_buffers: '256MB' } });
    await migrateUp({ databaseUrl: server.url });
    await using simulator = startProcess(SIMULATOR, ['--devices', String(devices), '--now', new Date().toISOString()]);
    const [, shards = ''] = await simulator.line(/^OVIS_SHARDS=(.+)$/);
    const env = { DATABASE_URL: server.url, OVIS_SHARDS: shards, OVIS_USERNAME: 'ovis', OVIS_PASSWORD: 'secret' };
    extractions.push(await extract(env, 'raw.device_last_updates'));
  }
  return extractions;
}
