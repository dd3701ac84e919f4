import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { problem, startScriptedServer } from './scripted-server.ts';
import { ShardedOvisClient } from './sharded-ovis-client.ts';
import { itemsOf } from './test-listing.ts';

const JSON_TYPE = { 'content-type': 'application/json' };

/** What a page may meet before it is answered. */
const FAULTS: Readonly<Record<string, (response: ServerResponse, body: string) => unknown>> = {
  unavailable: (response) => problem(response, 503),
  tooMany: (response) => problem(response, 429, { 'retry-after': '0' }),
  gateway: (response) => response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad Gateway</h1>'),
  maintenance: (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Back soon</h1>'),
  closed: (response) => response.destroy(),
  cut: (response, body) => {
    response.writeHead(200, { ...JSON_TYPE, 'content-length': body.length });
    response.write(body.slice(0, body.length / 2), () => response.destroy());
  },
  cutUnseen: (response, body) => response.writeHead(200, { ...JSON_TYPE, connection: 'close' }).end(body.slice(0, -1)),
  cutGzip: (response, body) =>
    response.writeHead(200, { ...JSON_TYPE, 'content-encoding': 'gzip' }).end(gzipSync(body).subarray(0, -9)),
};

const pageArbitrary = fc.record({
  items: fc.array(fc.nat(), { maxLength: 3 }),
  faults: fc.array(fc.constantFrom(...Object.keys(FAULTS)), { maxLength: 3 }),
  refused: fc.boolean(),
});

describe('a listing', () => {
  test('gives every item once and in order, whatever each page meets on its way', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(pageArbitrary, { minLength: 1, maxLength: 5 }), async (pages) => {
        const plans = pages.map(({ faults, refused }) => (refused ? [...faults, 'refused'] : [...faults]));
        await using server = await startScriptedServer((request, response) => {
          const position = Number(request.query.get('cursor') ?? 0);
          const nextCursor = position + 1 < pages.length ? String(position + 1) : null;
          const body = JSON.stringify({ items: pages[position]?.items, nextCursor });
          const fault = plans[position]?.shift();
          if (fault === undefined) return response.writeHead(200, JSON_TYPE).end(body);
          return fault === 'refused' ? problem(response, 401) : FAULTS[fault]?.(response, body);
        });
        await using client = new ShardedOvisClient({
          shards: [{ baseUrl: server.url, username: 'ovis', password: 'secret' }],
          retryBaseDelayMs: 0,
        });
        expect(await itemsOf(client.listCustomers(server.name))).toEqual(pages.flatMap(({ items }) => items));
        const sent = pages.reduce((sum, { faults, refused }) => sum + 1 + faults.length + (refused ? 1 : 0), 0);
        expect(server.gets).toHaveLength(sent);
      }),
      { numRuns: 40 },
    );
  });
});
