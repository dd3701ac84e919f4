import {
  listMaterializations,
  newestMaterializations,
  readAllowlistDrops,
  readCoverage,
  type MaterializationSummary,
} from '@ovis/orchestrator';
import { z } from 'zod';
import type { Api } from '../api.ts';
import type { ApiContext } from '../api-context.ts';
import type { AssetNode } from '../asset-graph.ts';
import { page, pageOf, parsePageToken } from '../page-token.ts';
import { Problem } from '../problem.ts';
import {
  assetName,
  assetSchema,
  coverageSchema,
  cursor,
  dropSchema,
  instant,
  limit,
  materializationSchema,
} from '../schemas.ts';

const MONTH_MS = 30 * 86_400_000;
const MOST_DROPS = 1_000;

const assetPath = z.object({ asset: assetName });
const historyPosition = z.strictObject({ before: z.string().regex(/^\d{1,18}$/) });
const rangeFields = {
  from: instant.optional().describe('The earliest logical time; default: 30 days before `to`.'),
  to: instant.optional().describe('Logical times are before this; default: now.'),
};

/** Assets: what they are, how they were written, what is missing of them. */
export function assetRoutes(app: Api, context: ApiContext): void {
  const { pool, catalog, timeZone, clock } = context;
  const findAsset = async (name: string): Promise<AssetNode> => {
    const asset = (await context.assetGraph()).get(name);
    if (!asset) throw new Problem('not-found');
    return asset;
  };
  const rangeOf = ({ from, to }: { from?: Date | undefined; to?: Date | undefined }): { start: Date; end: Date } => {
    const end = to ?? new Date(clock.now().getTime() + 1);
    return { start: from ?? new Date(end.getTime() - MONTH_MS), end };
  };

  app.get(
    '/api/assets',
    {
      config: { access: 'viewer' },
      schema: {
        operationId: 'listAssets',
        tags: ['assets'],
        summary: 'Raw tables, seeds and models, each with how it was written last',
        response: { 200: z.object({ entries: z.array(assetSchema) }) },
      },
    },
    async () => {
      const nodes = [...(await context.assetGraph()).values()];
      const names = nodes.map(({ name }) => name);
      const newest = await newestMaterializations(pool, names);
      return { entries: nodes.map((node) => describeAsset(node, newest.get(node.name))) };
    },
  );

  app.get(
    '/api/assets/:asset',
    {
      config: { access: 'viewer' },
      schema: {
        operationId: 'readAsset',
        tags: ['assets'],
        summary: 'An asset and how it was written last',
        params: assetPath,
        response: { 200: assetSchema },
      },
    },
    async ({ params }) => {
      const node = await findAsset(params.asset);
      const newest = await newestMaterializations(pool, [node.name]);
      return describeAsset(node, newest.get(node.name));
    },
  );

  app.get(
    '/api/assets/:asset/materializations',
    {
      config: { access: 'viewer' },
      schema: {
        operationId: 'listMaterializations',
        tags: ['assets'],
        summary: 'How an asset was written over time, the newest first',
        params: assetPath,
        querystring: z.strictObject({ limit, cursor: cursor.optional() }),
        response: { 200: page(materializationSchema) },
      },
    },
    async ({ params, query }) => {
      const { name } = await findAsset(params.asset);
      const after = query.cursor === undefined ? {} : parsePageToken(query.cursor, historyPosition);
      const found = await listMaterializations(pool, name, { ...after, atMost: query.limit + 1 });
      return pageOf([...found], query.limit, ({ materializationId }) => ({ before: materializationId }));
    },
  );

  app.get(
    '/api/assets/:asset/intervals',
    {
      config: { access: 'viewer' },
      schema: {
        operationId: 'readIntervals',
        tags: ['assets'],
        summary: 'Which intervals of a raw table are loaded, and which are missing',
        params: assetPath,
        querystring: z.strictObject(rangeFields),
        response: { 200: coverageSchema },
      },
    },
    async ({ params, query }) => {
      const { name } = await findAsset(params.asset);
      const question = { catalog, timeZone, asset: name, range: rangeOf(query), now: clock.now() };
      const { asset, job, loaded, missing } = await readCoverage(pool, question);
      return { asset, job, loaded: [...loaded], missing: [...missing] };
    },
  );

  app.get(
    '/api/lineage',
    {
      config: { access: 'viewer' },
      schema: {
        operationId: 'readLineage',
        tags: ['assets'],
        summary: 'What is made from what: jobs load raw tables, models read them and each other',
        response: {
          200: z
            .object({
              nodes: z.array(z.object({ name: z.string(), kind: z.enum(['job', 'raw', 'model', 'seed']) })),
              edges: z.array(z.object({ from: z.string(), to: z.string() })),
            })
            .meta({ id: 'Lineage' }),
        },
      },
    },
    async () => {
      const assets = [...(await context.assetGraph()).values()];
      return {
        nodes: [
          ...[...catalog.jobs, ...(catalog.upstreamJobs ?? [])].map(({ name }) => ({ name, kind: 'job' as const })),
          ...assets.map(({ name, kind }) => ({ name, kind })),
        ],
        edges: [
          ...catalog.jobs.flatMap((job) => job.assets.map((to) => ({ from: job.name, to }))),
          ...(catalog.upstreamJobs ?? []).flatMap((job) => job.models.map((to) => ({ from: job.name, to }))),
          ...assets.flatMap(({ name, upstream }) => upstream.map((from) => ({ from, to: name }))),
        ],
      };
    },
  );

  app.get(
    '/api/allowlist-drops',
    {
      config: { access: 'viewer' },
      schema: {
        operationId: 'listAllowlistDrops',
        tags: ['assets'],
        summary: 'Fields that the allowlist kept out, by path, and how often',
        querystring: z.strictObject({ ...rangeFields, asset: assetName.optional() }),
        response: { 200: z.object({ entries: z.array(dropSchema) }) },
      },
    },
    async ({ query }) => {
      const { start: from, end: to } = rangeOf(query);
      const asset = query.asset === undefined ? {} : { asset: query.asset };
      const drops = await readAllowlistDrops(pool, { from, to, ...asset, atMost: MOST_DROPS });
      return { entries: [...drops] };
    },
  );
}

function describeAsset(node: AssetNode, newest: MaterializationSummary | undefined): z.output<typeof assetSchema> {
  const { name, kind, description, isSnapshot } = node;
  return {
    name,
    kind,
    description,
    isSnapshot,
    jobs: [...node.jobs],
    upstream: [...node.upstream],
    downstream: [...node.downstream],
    newest: newest ?? null,
  };
}
