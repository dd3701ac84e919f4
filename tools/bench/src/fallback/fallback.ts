import { fileURLToPath } from 'node:url';
import { startPostgres } from '@ovis/dev-stack';
import { migrateUp } from '@ovis/warehouse';
import { Pool } from 'undici';
import { extract } from '../extract-load/extract.ts';
import { startProcess } from '../measuring/child-process.ts';

const FLEET = fileURLToPath(new URL('refusing-fleet.ts', import.meta.url));
const REQUESTS_PER_SHARD = 8;
const METRICS = ['valveMovement', 'temperature', 'humidity', 'batteryVoltage', 'rssi'];

/** Requests a second, device by device. */
export interface FallbackFigures {
  readonly requests: number;
  readonly bareRate: number;
  readonly ourRate: number;
}

/** Asks for every device's aggregates by a bare undici loop, and then by the platform, which also stores them. */
export async function measureFallback(devices: number): Promise<FallbackFigures> {
  await using server = await startPostgres({ settings: { max_wal_size: '4GB', shared_buffers: '256MB' } });
  await migrateUp({ databaseUrl: server.url });
  await using fleet = startProcess(FLEET, [String(devices)]);
  const [, shards = ''] = await fleet.line(/^OVIS_SHARDS=(.+)$/);
  const [text] = await fleet.line(/^\{.*\}$/);
  const ids = JSON.parse(text) as Readonly<Record<string, readonly string[]>>;
  const date = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
  const begin = performance.now();
  const counts = await Promise.all(
    shards.split(',').map((baseUrl) => askBare(baseUrl, ids[new URL(baseUrl).host] ?? [], date)),
  );
  const bareSeconds = (performance.now() - begin) / 1000;
  const requests = counts.reduce((sum, count) => sum + count, 0);
  const env = { DATABASE_URL: server.url, OVIS_SHARDS: shards, OVIS_USERNAME: 'ovis', OVIS_PASSWORD: 'secret' };
  const ours = await extract(env, 'raw.daily_aggregates');
  return { requests, bareRate: requests / bareSeconds, ourRate: ours.fallbacks / ours.seconds };
}

async function askBare(baseUrl: string, ids: readonly string[], date: string): Promise<number> {
  const pool = new Pool(baseUrl, { connections: REQUESTS_PER_SHARD, pipelining: 1 });
  const login = await pool.request({
    method: 'POST',
    path: '/api/v1/auth/login',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'ovis', password: 'secret' }),
  });
  const { accessToken } = (await login.body.json()) as { readonly accessToken: string };
  const headers = { authorization: `Bearer ${accessToken}`, 'accept-encoding': 'gzip, br' };
  const paths = METRICS.flatMap((metric) =>
    ids.map((id) => `/api/v1/devices/${id}/daily-aggregates?metric=${metric}&date=${date}`),
  ).values();
  let count = 0;
  const work = async (): Promise<void> => {
    for (const path of paths) {
      const { body } = await pool.request({ method: 'GET', path, headers });
      await body.bytes();
      count += 1;
    }
  };
  await Promise.all(Array.from({ length: REQUESTS_PER_SHARD }, work));
  await pool.close();
  return count;
}
