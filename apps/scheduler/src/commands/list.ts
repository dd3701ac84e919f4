import { systemClock } from '@ovis/foundation';
import { nextTick, type UpstreamJob } from '@ovis/orchestrator';
import { createCatalog, listModels } from '@ovis/pipeline';
import { formatTable } from '@ovis/foundation';

/** Prints assets, jobs and schedules; needs no database. */
export async function listCommand(options: {
  readonly timeZone: string;
  readonly modelsDirectory: string;
}): Promise<void> {
  const { assets, jobs, upstreamJobs = [] } = createCatalog();
  const models = await listModels(options.modelsDirectory);
  const assetRows = [
    ...assets.map((asset) => [
      asset.name,
      'source',
      jobs
        .filter((job) => job.assets.includes(asset.name))
        .map((job) => job.name)
        .join(', '),
      asset.description,
    ]),
    ...models.map((model) => [model.name, model.kind, jobsOf(model.name, upstreamJobs), model.description]),
  ];
  const now = systemClock.now();
  const upstreamRows = upstreamJobs.map((job) => [
    job.name,
    'on upstream',
    '',
    `newer data of ${job.upstream.join(', ')}`,
    job.description,
  ]);
  const jobRows = jobs.map((job) => [
    job.name,
    job.cron,
    options.timeZone,
    nextTick({ cron: job.cron, timeZone: options.timeZone }, now).toISOString(),
    job.description,
  ]);
  const lines = [
    ...formatTable(['asset', 'kind', 'job', 'what it is'], assetRows),
    '',
    ...formatTable(['job', 'schedule', 'time zone', 'next tick', 'what it does'], [...jobRows, ...upstreamRows]),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** The jobs by an event that build a model. */
function jobsOf(model: string, jobs: readonly UpstreamJob[]): string {
  return jobs
    .filter(({ models }) => models.includes(model))
    .map(({ name }) => name)
    .join(', ');
}
