import { readRun } from '@ovis/orchestrator';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Api } from '../api.ts';
import type { ApiContext } from '../api-context.ts';
import type { Guard } from '../auth/guard.ts';
import { streamEvents } from '../events/stream-events.ts';
import { Problem } from '../problem.ts';
import { uuid } from '../schemas.ts';

const MOST_STREAMS = 100;
const LOOK_FOR_LOGOUT_EVERY_MS = 5_000;

const eventNumber = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number);
/** A browser sends the header by itself when it comes back; a header counts more than the query. */
const headers = z.object({ 'last-event-id': eventNumber.optional() });
const querystring = z.strictObject({ after: eventNumber.optional().describe('The number of the last event seen.') });
/** Described only: the answer is written as it comes. */
const response = {
  200: {
    description: 'Server-sent events: `id` is the number of the event, `event` its kind, `data` a RunEvent as JSON.',
    content: { 'text/event-stream': { schema: z.string() } },
  },
};

/** What happens in runs, while it happens. */
export function eventRoutes(
  app: Api,
  { pool, feed, clock }: ApiContext,
  { stopping, guard }: { readonly stopping: AbortSignal; readonly guard: Guard },
): void {
  const stream = async (
    request: FastifyRequest,
    reply: FastifyReply,
    { after, runId }: { readonly after: number | undefined; readonly runId: string | undefined },
  ): Promise<void> => {
    if (feed.streams >= MOST_STREAMS) throw new Problem('unavailable', 'too many event streams are open');
    const expired = new AbortController();
    const { login } = request;
    const timer = login && setTimeout(() => expired.abort(), login.expiresAt.getTime() - clock.now().getTime());
    const looking = login && setInterval(() => void endAfterLogout(), LOOK_FOR_LOGOUT_EVERY_MS);
    const endAfterLogout = async (): Promise<void> => {
      // While the database is away there are no events either.
      if (!(await guard.isStillLoggedIn(request).catch(() => true))) expired.abort();
    };
    const signal = AbortSignal.any([stopping, expired.signal]);
    reply.hijack();
    reply.raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      // Proxies such as nginx would otherwise hold events back.
      'x-accel-buffering': 'no',
    });
    try {
      await streamEvents(feed, reply.raw, { after, runId, signal });
    } catch {
      // The database is away: the client comes back by itself, behind the last event that it has.
      reply.raw.end();
    } finally {
      if (timer) clearTimeout(timer);
      if (looking) clearInterval(looking);
    }
  };

  app.get(
    '/api/events',
    {
      config: { access: 'viewer' },
      exposeHeadRoute: false,
      schema: {
        operationId: 'streamEvents',
        tags: ['events'],
        summary: 'Events of all runs: those behind a number, or new ones',
        headers,
        querystring,
        response,
      },
    },
    (request, reply) =>
      stream(request, reply, {
        after: request.headers['last-event-id'] ?? request.query.after,
        runId: undefined,
      }),
  );

  app.get(
    '/api/runs/:runId/events',
    {
      config: { access: 'viewer' },
      exposeHeadRoute: false,
      schema: {
        operationId: 'streamRunEvents',
        tags: ['events'],
        summary: 'Events of a run: those behind a number, or all, then new ones',
        params: z.object({ runId: uuid }),
        headers,
        querystring,
        response,
      },
    },
    async (request, reply) => {
      const { runId } = request.params;
      if (!(await readRun(pool, runId))) throw new Problem('not-found');
      const after = request.headers['last-event-id'] ?? request.query.after ?? 0;
      await stream(request, reply, { after, runId });
    },
  );
}
