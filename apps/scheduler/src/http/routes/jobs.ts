import {
  jobNamed,
  latestTick,
  nextTick,
  pauseJob,
  readPausedJobs,
  resumeJob,
  type Job,
  type UpstreamJob,
} from '@ovis/orchestrator';
import { z } from 'zod';
import type { Api } from '../api.ts';
import type { ApiContext } from '../api-context.ts';
import { Problem } from '../problem.ts';
import { jobName, jobSchema } from '../schemas.ts';

const NEXT_TICKS = 3;

/** Jobs: when they run; pausing their schedules. */
export function jobRoutes(app: Api, { pool, catalog, timeZone, clock }: ApiContext): void {
  const describeUpstream = (job: UpstreamJob, pausedAt: Date | undefined): z.output<typeof jobSchema> => ({
    name: job.name,
    description: job.description,
    on: 'upstream',
    cron: null,
    timeZone,
    missed: null,
    assets: [...job.models],
    upstream: [...job.upstream],
    pausedAt: pausedAt ?? null,
    latestTick: null,
    nextTicks: [],
  });
  const describeJob = (job: Job, pausedAt: Date | undefined): z.output<typeof jobSchema> => {
    const schedule = { cron: job.cron, timeZone };
    const now = clock.now();
    const nextTicks: Date[] = [];
    for (let tick = now; nextTicks.length < NEXT_TICKS;) nextTicks.push((tick = nextTick(schedule, tick)));
    return {
      name: job.name,
      description: job.description,
      on: 'schedule',
      cron: job.cron,
      timeZone,
      missed: job.missed ?? 'all',
      assets: [...job.assets],
      upstream: [],
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
      return {
        entries: [
          ...catalog.jobs.map((job) => describeJob(job, paused.get(job.name))),
          ...(catalog.upstreamJobs ?? []).map((job) => describeUpstream(job, paused.get(job.name))),
        ],
      };
    },
  );

  const pauses = [
    ['pause', 'pauseJob', 'Have a job make no runs by itself; those that are there go on', pauseJob],
    ['resume', 'resumeJob', 'Have a job make runs by itself again', resumeJob],
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
        if (!jobNamed(catalog, params.job)) throw new Problem('not-found');
        return request(pool, params.job, { catalog, now: clock.now(), requestedBy: login?.name ?? null });
      },
    );
  }
}
