import { systemClock } from '@ovis/foundation';
import { nextTick } from '@ovis/orchestrator';
import { createCatalog, listModels } from '@ovis/pipeline';
import { formatTable } from '@ovis/foundation';

/** Prints assets, jobs and schedules; needs no database. */
export async function listCommand(options: {
  readonly timeZone: string;
  readonly modelsDirectory: string;
}): Promise<void> {
  const { assets, jobs } = createCatalog();
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
    ...models.map((model) => [model.name, model.kind, '', model.description]),
  ];
  const now = systemClock.now();
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
    ...formatTable(['job', 'schedule', 'time zone', 'next tick', 'what it does'], jobRows),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}
