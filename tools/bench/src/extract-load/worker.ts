// One extraction of an asset in a process of its own, so that its memory is its own: prints one line of JSON. Arguments: asset, job's cron.
import { clockFrom, parseDatabaseUrl, parseShards } from '@ovis/foundation';
import { executeRun } from '@ovis/orchestrator';
import { createCatalog } from '@ovis/pipeline';
import { createPool } from '@ovis/warehouse';
import { ShardedOvisClient } from 'ovis-client';

const [asset = '', cron = ''] = process.argv.slice(2);
const noFile = (): string => '';
const databaseUrl = parseDatabaseUrl(process.env, noFile);
const shards = parseShards(process.env, noFile);
const pool = createPool({ url: databaseUrl, applicationName: 'ovis-bench', role: 'ovis_loader', max: 12 });
const client = new ShardedOvisClient({ shards, maxRequestsPerShard: 8 });
const catalog = createCatalog();
const job = { name: `bench of ${asset}`, description: '', cron, assets: [asset] };

const begin = performance.now();
const report = await executeRun({
  catalog: {
    ...catalog,
    jobs: [job],
    models: { list: () => Promise.resolve([]), stale: () => Promise.resolve([]), build: () => Promise.resolve([]) },
  },
  job: job.name,
  cause: 'manual',
  force: true,
  timeZone: 'UTC',
  resources: {
    client,
    pool,
    battery: null,
    evaluations: null,
    aggregateLateDays: 0,
    models: { directory: '', databaseUrl, threads: 1 },
  },
  pool,
  clock: clockFrom(new Date()),
  concurrency: { tasks: 64, tasksPerShard: 64 },
});
const seconds = (performance.now() - begin) / 1000;
const totals = report.steps[0]?.totals;
const usage = process.resourceUsage();
await client.close();
await pool.end();
process.stdout.write(
  `${JSON.stringify({
    outcome: report.outcome,
    rows: totals?.counters.rowsInserted ?? 0,
    unchanged: totals?.counters.rowsUnchanged ?? 0,
    requests: totals?.counters.requests ?? 0,
    fallbacks: totals?.counters.fallbacks ?? 0,
    seconds,
    cpuSeconds: (usage.userCPUTime + usage.systemCPUTime) / 1e6,
    peakMegabytes: usage.maxRSS / 1024,
  })}\n`,
);
