// One extraction of an asset in a process of its own, so that its memory is its own: prints one line of JSON. Arguments: asset, job's cron,
// tasks at the same time.
import { clockFrom } from '@ovis/foundation';
import { executeRun, stayPresent } from '@ovis/orchestrator';
import { createCatalog } from '@ovis/pipeline';
import { NO_MODELS, openMeasured } from './platform.ts';

const [asset = '', cron = '', tasks = '64'] = process.argv.slice(2);
const { pool, presence, resources, close } = openMeasured();
const job = { name: `bench of ${asset}`, description: '', cron, assets: [asset] };
const present = await stayPresent(pool, presence, null);

const begin = performance.now();
const report = await executeRun({
  catalog: { ...createCatalog(), jobs: [job], models: NO_MODELS },
  job: job.name,
  cause: 'manual',
  force: true,
  timeZone: 'UTC',
  resources,
  pool,
  clock: clockFrom(new Date()),
  workerId: presence.workerId,
  concurrency: { tasks: Number(tasks), tasksPerShard: 64 },
});
const seconds = (performance.now() - begin) / 1000;
const totals = report.steps[0]?.totals;
const usage = process.resourceUsage();
await present[Symbol.asyncDispose]();
await close();
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
