// A process that serves a job of its own, so that what it takes is its own. Arguments: `ticks` or `tasks`, and how many. Prints a line of JSON a tick,
// or one when all tasks are done. With `launch` it launches a job of three assets by hand, again and again, and prints a
// line each. With `idle` it serves the platform's jobs with no source set, and prints what it took after so many seconds.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '@ovis/foundation';
import {
  commitProgress,
  Presence,
  requestRun,
  serve,
  sessionName,
  type Catalog,
  type ExtractAsset,
} from '@ovis/orchestrator';
import { createPool } from '@ovis/warehouse';
import { NO_MODELS } from '../extract-load/platform.ts';

const [mode = '', given = ''] = process.argv.slice(2);
const count = Number(given);
const workerId = randomUUID();
const pool = createPool({
  url: process.env['DATABASE_URL'] ?? '',
  applicationName: sessionName('ovis-bench', workerId),
  role: 'ovis_loader',
  max: 12,
});
const say = (facts: object): void => {
  process.stdout.write(`${JSON.stringify(facts)}\n`);
};

/** When the present run's first asset was worked on. */
let firstWork = 0;
const assetNamed = (name: string): ExtractAsset<null> => ({
  name,
  description: '',
  isSnapshot: false,
  unavailable: () => (mode === 'idle' ? 'nothing is to be loaded' : null),
  scopes: () => ['shard'],
  async *plan(_, { scheduledFor }) {
    if (mode === 'ticks') say({ latencyMs: systemClock.now().getTime() - scheduledFor.getTime() });
    const tasks = mode === 'tasks' ? count : 1;
    yield {
      tasks: Array.from({ length: tasks }, (_, index) => ({
        key: `shard/c-${String(index)}`,
        shard: 'shard',
        customerId: null,
      })),
    };
  },
  async load(context) {
    if (firstWork === 0) firstWork = performance.now();
    const client = await pool.connect();
    try {
      await client.query('begin');
      const progress = context.progress({
        cursor: null,
        isLast: true,
        table: name,
        touchedDays: [],
        quarantined: [],
      });
      await commitProgress(client, [progress]);
      await client.query('commit');
    } finally {
      client.release();
    }
  },
});
const names = ['raw.device_last_updates', 'raw.thermostat_hierarchy', 'raw.daily_aggregates'];
const assets = names.slice(0, mode === 'launch' ? 3 : 1).map(assetNamed);
const cron = mode === 'ticks' ? '*/2 * * * * *' : '0 0 1 1 *';
const catalog: Catalog<null> = {
  assets,
  jobs: [{ name: `bench of ${mode}`, description: '', cron, missed: 'latest', assets: assets.map(({ name }) => name) }],
  models: NO_MODELS,
};
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
const begin = performance.now();
let ended = 0;
let tellOfEnd = (): void => undefined;
const presence = new Presence(pool, workerId, { host: 'bench', pid: process.pid, version: 'bench' });
const serving = serve({
  catalog,
  timeZone: 'UTC',
  resources: null,
  pool,
  clock: systemClock,
  presence,
  concurrency: { tasks: 64, tasksPerShard: 64 },
  leads: true,
  signal: stop.signal,
  onEvent: (event) => {
    if (event.type !== 'run_ended') return;
    ended += 1;
    tellOfEnd();
    if (mode === 'tasks') {
      const { user, system } = process.cpuUsage();
      say({ seconds: event.report.seconds, cpuSeconds: (user + system) / 1e6 });
    }
  },
});
if (mode === 'launch') {
  await once(() => ended > 0);
  for (let launch = 0; launch <= count; launch++) {
    firstWork = 0;
    const before = ended;
    const launchedMs = performance.now();
    const context = { catalog, timeZone: 'UTC', now: systemClock.now() };
    await requestRun(pool, context, { job: `bench of ${mode}`, cause: 'manual', force: true });
    await once(() => ended > before);
    const facts = { firstWorkMs: firstWork - launchedMs, endMs: performance.now() - launchedMs };
    // The first warms it up, and does not count.
    if (launch > 0) say({ ...facts, megabytes: process.memoryUsage().rss / 1024 ** 2 });
    // Not in step with what it looks for once a second.
    await sleep(Math.random() * 1_000);
  }
}
if (mode === 'idle') {
  // Past its start.
  await sleep(5_000);
  const before = process.cpuUsage();
  await sleep(count * 1_000);
  const { user, system } = process.cpuUsage(before);
  say({
    cpuPercent: (user + system) / 1e4 / count,
    megabytes: process.memoryUsage().rss / 1024 ** 2,
    seconds: (performance.now() - begin) / 1e3,
    ended,
  });
}
await serving;
await pool.end();

/** Waits until the end of a run makes a condition true. */
function once(condition: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    tellOfEnd = () => {
      if (condition()) resolve();
    };
    tellOfEnd();
  });
}
