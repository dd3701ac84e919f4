import { z } from 'zod';
import type { Api } from '../api.ts';
import type { ApiContext } from '../api-context.ts';

const healthSchema = z
  .object({ ready: z.boolean(), reasons: z.array(z.string()).describe('What keeps it from its work.') })
  .meta({ id: 'Health' });

/** What an orchestrator of containers and Prometheus ask; without a login. */
export function healthRoutes(app: Api, context: ApiContext): void {
  const { catalog, metrics, pool } = context;
  app.get(
    '/livez',
    {
      config: { access: 'anybody' },
      schema: {
        operationId: 'livez',
        tags: ['health'],
        summary: 'Whether the process lives: it answers',
        response: { 200: z.object({ alive: z.literal(true) }) },
      },
    },
    () => Promise.resolve({ alive: true as const }),
  );

  app.get(
    '/readyz',
    {
      config: { access: 'anybody' },
      schema: {
        operationId: 'readyz',
        tags: ['health'],
        summary: 'Whether the service does its work, and what keeps it from that',
        response: { 200: healthSchema, 503: healthSchema },
      },
    },
    async (_request, reply) => {
      const { ready, reasons } = context.health();
      return reply.code(ready ? 200 : 503).send({ ready, reasons: [...reasons] });
    },
  );

  app.get(
    '/metrics',
    {
      config: { access: 'anybody' },
      schema: {
        operationId: 'metrics',
        tags: ['health'],
        summary: 'Metrics as Prometheus reads them',
        response: {
          200: { description: 'Prometheus exposition format.', content: { 'text/plain': { schema: z.string() } } },
        },
      },
    },
    async (_request, reply) => {
      const assets = await context.assetGraph().then(
        (graph) => [...graph.keys()],
        () => catalog.assets.map(({ name }) => name),
      );
      const jobs = [...catalog.jobs, ...(catalog.upstreamJobs ?? [])].map(({ name }) => name);
      const text = await metrics.render({ pool, jobs, assets });
      return reply.type(metrics.contentType).serializer(String).send(text);
    },
  );
}
