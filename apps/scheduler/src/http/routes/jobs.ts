import { latestTick, nextTick, pauseJob, readPausedJobs, resumeJob, type Job } from '@ovis/orchestrator';
import { z } from 'zod';
import type { Api } from '../api.ts';
import type { ApiContext } from '../api-context.ts';
import { Problem } from '../problem.ts';
import { jobName, jobSchema } from '../schemas.ts';

const NEXT_TICKS = 3;

/** Jobs: when they run; pausing their schedules. */
export function jobRoutes(app: Api, { pool, catalog, timeZone, clock }: ApiContext): void {
  const describeJob = (job: Job, pausedAt: Date | undefined): z.output<typeof jobSchema> => {
    const schedule = { cron: job.cron, timeZone };
    const now = clock.now();
    const nextTicks: Date[] = [];
    for (let tick = now; nextTicks.length < NEXT_TICKS;) nextTicks.push((tick = nextTick(schedule, tick)));
    return {
      name: job.name,
      description: job.description,
      cron: job.cron,
      timeZone,
      missed: job.missed ?? 'all',
      assets: [...job.assets],
      pausedAt: pausedAt ?? null,
      latestTick: latestTick(schedule, now),
      nextTicks,
    };
  };

  app.get(
    '/api/jobs',
    {
      config: { access: 'viewer' },
      schema: {
        operationId: 'listJobs',
        tags: ['jobs'],
        summary: 'Jobs and their next ticks',
        response: { 200: z.object({ entries: z.array(jobSchema) }) },
      },
    },
    async () => {
      const paused = await readPausedJobs(pool);
      return { entries: catalog.jobs.map((job) => describeJob(job, paused.get(job.name))) };
    },
  );

  const pauses = [
    ['pause', 'pauseJob', 'Have the schedule of a job make no runs; those that are there go on', pauseJob],
    ['resume', 'resumeJob', 'Have the schedule of a job make runs again', resumeJob],
  ] as const;
  for (const [verb, operationId, summary, request] of pauses) {
    app.post(
      `/api/jobs/:job/${verb}`,
      {
        config: { access: 'operator' },
        schema: {
          operationId,
          tags: ['jobs'],
          summary,
          params: z.object({ job: jobName }),
          response: { 200: z.object({ job: z.string(), isPaused: z.boolean(), wasPaused: z.boolean() }) },
        },
      },
      async ({ params, login }) => {
        if (!catalog.jobs.some(({ name }) => name === params.job)) throw new Problem('not-found');
        return request(pool, params.job, { catalog, now: clock.now(), requestedBy: login?.name ?? null });
      },
    );
  }
}
