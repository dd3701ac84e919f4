// A process that only works on tasks, started before anything is measured. Argument: tasks at the same time. Prints `ready`.
import { clockFrom } from '@ovis/foundation';
import { serve } from '@ovis/orchestrator';
import { createCatalog } from '@ovis/pipeline';
import { openMeasured } from './platform.ts';

const tasks = Number(process.argv[2]);
const { pool, presence, resources, close } = openMeasured();
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
await presence.beat();
process.stdout.write('ready\n');
await serve({
  catalog: createCatalog(),
  timeZone: 'UTC',
  resources,
  pool,
  clock: clockFrom(new Date()),
  presence,
  concurrency: { tasks, tasksPerShard: 64 },
  leads: false,
  signal: stop.signal,
});
await close();
