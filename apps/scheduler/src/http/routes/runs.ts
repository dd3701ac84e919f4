import { jobNamed, listRuns, listTasks, readRun, requestCancel, requestRun, retryFailed } from '@ovis/orchestrator';
import { z } from 'zod';
import type { Api } from '../api.ts';
import type { ApiContext } from '../api-context.ts';
import { page, pageOf, parsePageToken } from '../page-token.ts';
import { Problem } from '../problem.ts';
import {
  assetName,
  cause,
  cursor,
  instant,
  jobName,
  limit,
  runDetailSchema,
  runSchema,
  runStates,
  taskSchema,
  taskStates,
  time,
  uuid,
} from '../schemas.ts';

const runPath = z.object({ runId: uuid });
const runPosition = z.strictObject({
  scheduledFor: z.iso.datetime().transform((text) => new Date(text)),
  runId: uuid,
});
const taskPosition = z.strictObject({ asset: z.string().max(200), key: z.string().max(400) });

/** Runs: what ran and how it went. */
export function readRunRoutes(app: Api, { pool }: ApiContext): void {
  app.get(
    '/api/runs',
    {
      config: { access: 'viewer' },
      schema: {
        operationId: 'listRuns',
        tags: ['runs'],
        summary: 'Runs, those with the newest logical time first',
        querystring: z.strictObject({
          job: jobName.optional(),
          state: runStates.optional(),
          cause: cause.optional(),
          backfill: uuid.optional().describe('Only runs that this backfill asked for.'),
          from: instant.optional().describe('The earliest logical time.'),
          to: instant.optional().describe('Logical times are before this.'),
          limit,
          cursor: cursor.optional(),
        }),
        response: { 200: page(runSchema) },
      },
    },
    async ({ query }) => {
      const { job, state, cause: wanted, backfill, from, to, limit: atMost } = query;
      const after = query.cursor === undefined ? undefined : parsePageToken(query.cursor, runPosition);
      const found = await listRuns(
        pool,
        {
          ...(job === undefined ? {} : { job }),
          ...(state ? { states: state } : {}),
          ...(wanted ? { cause: wanted } : {}),
          ...(backfill === undefined ? {} : { backfillId: backfill }),
          ...(from ? { from } : {}),
          ...(to ? { to } : {}),
        },
        { atMost: atMost + 1, ...(after ? { after } : {}) },
      );
      return pageOf([...found], atMost, ({ scheduledFor, runId }) => ({
        scheduledFor: scheduledFor.toISOString(),
        runId,
      }));
    },
  );

  app.get(
    '/api/runs/:runId',
    {
      config: { access: 'viewer' },
      schema: {
        operationId: 'readRun',
        tags: ['runs'],
        summary: 'A run with its steps, failures by class, and what it wrote',
        params: runPath,
        response: { 200: runDetailSchema },
      },
    },
    async ({ params }) => {
      const detail = await readRun(pool, params.runId);
      if (!detail) throw new Problem('not-found');
      return {
        run: detail.run,
        steps: [...detail.steps],
        failures: [...detail.failures],
        materializations: [...detail.materializations],
      };
    },
  );

  app.get(
    '/api/runs/:runId/tasks',
    {
      config: { access: 'viewer' },
      schema: {
        operationId: 'listTasks',
        tags: ['runs'],
        summary: 'Tasks of a run, with class and message of what failed',
        params: runPath,
        querystring: z.strictObject({
          state: taskStates.optional(),
          asset: assetName.optional(),
          errorClass: z
            .string()
            .regex(/^[A-Za-z0-9_:.-]{1,100}$/)
            .optional(),
          limit,
          cursor: cursor.optional(),
        }),
        response: { 200: page(taskSchema) },
      },
    },
    async ({ params, query }) => {
      const { state, asset, errorClass, limit: atMost } = query;
      const after = query.cursor === undefined ? undefined : parsePageToken(query.cursor, taskPosition);
      const found = await listTasks(
        pool,
        {
          runId: params.runId,
          ...(state ? { states: state } : {}),
          ...(asset === undefined ? {} : { asset }),
          ...(errorClass === undefined ? {} : { errorClass }),
        },
        { atMost: atMost + 1, ...(after ? { after } : {}) },
      );
      if (found.length === 0 && !(await readRun(pool, params.runId))) throw new Problem('not-found');
      return pageOf([...found], atMost, ({ asset: of, key }) => ({ asset: of, key }));
    },
  );
}

const requestedSchema = z
  .object({
    runId: uuid,
    scheduledFor: time,
    outcome: z
      .enum(['created', 'queued_again', 'open', 'done'])
      .describe(
        'created: there was none; queued_again: it had ended; open: it waits or runs, and is left alone; done: it has succeeded, and is ' +
          'repeated only by force.',
      ),
  })
  .meta({ id: 'RequestedRun' });

/** Launch, cancel and retry. */
export function changeRunRoutes(app: Api, context: ApiContext): void {
  const { pool, catalog, timeZone, clock } = context;
  app.post(
    '/api/jobs/:job/runs',
    {
      config: { access: 'operator' },
      schema: {
        operationId: 'launchRun',
        tags: ['jobs'],
        summary: 'Have a job run, for one of its ticks if it has any',
        params: z.object({ job: jobName }),
        body: z.strictObject({
          scheduledFor: instant
            .optional()
            .describe('A tick of the job that has passed; default: the latest. A job on upstream has none.'),
          force: z.boolean().default(false).describe('Fetch again what was loaded before.'),
        }),
        response: { 200: requestedSchema, 202: requestedSchema },
      },
    },
    async ({ params, body, login }, reply) => {
      if (!jobNamed(catalog, params.job)) throw new Problem('not-found');
      const requested = await requestRun(
        pool,
        { catalog, timeZone, now: clock.now(), requestedBy: login?.name ?? null },
        {
          job: params.job,
          cause: 'manual',
          force: body.force,
          ...(body.scheduledFor ? { scheduledFor: body.scheduledFor } : {}),
        },
      );
      const isAccepted = requested.outcome === 'created' || requested.outcome === 'queued_again';
      return reply.code(isAccepted ? 202 : 200).send(requested);
    },
  );

  app.post(
    '/api/runs/:runId/cancel',
    {
      config: { access: 'operator' },
      schema: {
        operationId: 'cancelRun',
        tags: ['runs'],
        summary: 'End a run; what is committed stays',
        params: runPath,
        response: {
          200: z.object({
            runId: uuid,
            found: runSchema.shape.state.describe('The state in which it was found.'),
            outcome: z
              .enum(['requested', 'closed', 'ended_before'])
              .describe('requested: it ends within seconds; closed: nobody led it, so it has ended.'),
          }),
        },
      },
    },
    async ({ params, login }) => {
      const request = { now: clock.now(), requestedBy: login?.name ?? null };
      const cancelled = await requestCancel(pool, params.runId, request);
      if (!cancelled) throw new Problem('not-found');
      return cancelled;
    },
  );

  app.post(
    '/api/runs/:runId/retry',
    {
      config: { access: 'operator' },
      schema: {
        operationId: 'retryRun',
        tags: ['runs'],
        summary: 'Do again what failed in a run, and nothing else',
        params: runPath,
        response: {
          200: z.object({
            runId: uuid,
            found: runSchema.shape.state.describe('The state in which it was found.'),
            outcome: z.enum(['queued_again', 'open', 'nothing_failed']),
          }),
        },
      },
    },
    async ({ params, login }) => {
      const request = { catalog, timeZone, now: clock.now(), requestedBy: login?.name ?? null };
      const retried = await retryFailed(pool, params.runId, request);
      if (!retried) throw new Problem('not-found');
      return retried;
    },
  );
}
