import { inspect } from 'node:util';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { ShardedOvisClientOptions } from './options.ts';
import { json, page, problem, type ScriptedServer, startScriptedServer } from './scripted-server.ts';
import { ShardedOvisClient } from './sharded-ovis-client.ts';
import { itemsOf, rejectionOf } from './test-listing.ts';

const JSON_TYPE = { 'content-type': 'application/json' };

function clientOf(server: ScriptedServer, options: Partial<ShardedOvisClientOptions> = {}): ShardedOvisClient {
  return new ShardedOvisClient({
    shards: [{ baseUrl: server.url, username: 'ovis', password: 'CANARY-password' }],
    retryBaseDelayMs: 1,
    ...options,
  });
}

/** A server that answers every GET with this. */
function answering(
  body: string | Buffer,
  headers: Record<string, string> = JSON_TYPE,
  status = 200,
): Promise<ScriptedServer> {
  return startScriptedServer((_request, response) => response.writeHead(status, headers).end(body));
}

describe('compressed bodies', () => {
  const items = Array.from({ length: 1000 }, (_, index) => ({ deviceId: `d-${index}`, name: 'ü'.repeat(20) }));
  const text = JSON.stringify({ items, nextCursor: null });

  test.each([
    ['gzip', gzipSync(text)],
    ['GZIP', gzipSync(text)],
    ['br', brotliCompressSync(text)],
  ])('in %s are read, and both sizes are told', async (encoding, body) => {
    await using server = await answering(body, { ...JSON_TYPE, 'content-encoding': encoding });
    const sizes: number[][] = [];
    await using client = clientOf(server, {
      events: {
        onResponse: ({ operation, bytes, encodedBytes }) => operation !== 'login' && sizes.push([bytes, encodedBytes]),
      },
    });
    for await (const page of client.listCustomers(server.name)) {
      expect(page.items).toEqual(items);
      expect(page.bytes).toBe(Buffer.byteLength(text));
    }
    expect(sizes).toEqual([[Buffer.byteLength(text), body.length]]);
    expect(server.gets[0]?.headers['accept-encoding']).toBe('gzip, br');
  });

  test.each([
    ['gzip', gzipSync(text)],
    ['br', brotliCompressSync(text)],
  ])('in %s that are cut off are asked for again', async (encoding, body) => {
    await using server = await startScriptedServer((request, response) => {
      response.writeHead(200, { ...JSON_TYPE, 'content-encoding': encoding });
      response.end(request.count === 1 ? body.subarray(0, body.length / 2) : body);
    });
    await using client = clientOf(server);
    expect(await itemsOf(client.listCustomers(server.name))).toHaveLength(1000);
    expect(server.gets).toHaveLength(2);
  });

  test('that are cut off every time are named', async () => {
    const body = gzipSync(text);
    await using server = await answering(body.subarray(0, 100), { ...JSON_TYPE, 'content-encoding': 'gzip' });
    await using client = clientOf(server, { maxAttempts: 2 });
    await expect(itemsOf(client.listCustomers(server.name))).rejects.toMatchObject({
      errorClass: 'truncated_body',
      attempt: 2,
    });
  });

  test('that are no gzip are named', async () => {
    await using server = await answering('this is no gzip', { ...JSON_TYPE, 'content-encoding': 'gzip' });
    await using client = clientOf(server, { maxAttempts: 2 });
    await expect(itemsOf(client.listCustomers(server.name))).rejects.toMatchObject({
      errorClass: 'invalid_encoding',
      retryability: 'transient',
    });
  });

  test.each(['deflate', 'zstd', 'gzip, br'])('in %s are refused', async (encoding) => {
    await using server = await answering(text, { ...JSON_TYPE, 'content-encoding': encoding });
    await using client = clientOf(server);
    await expect(itemsOf(client.listCustomers(server.name))).rejects.toMatchObject({
      errorClass: 'unsupported_encoding',
      retryability: 'terminal',
    });
    expect(server.gets).toHaveLength(1);
  });

  test('that decompress to a huge one are dropped at the limit', async () => {
    const bomb = gzipSync(Buffer.alloc(200 * 1024 * 1024));
    await using server = await answering(bomb, { ...JSON_TYPE, 'content-encoding': 'gzip' });
    await using client = clientOf(server, { maxResponseBytes: 1024 * 1024 });
    const before = process.memoryUsage().arrayBuffers;
    await expect(itemsOf(client.listCustomers(server.name))).rejects.toMatchObject({
      name: 'InvalidAnswerError',
      errorClass: 'response_too_large',
      retryability: 'terminal',
    });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024 * 1024);
    expect(server.gets).toHaveLength(1);
  });
});

describe('bodies', () => {
  test('larger than the limit are refused by their announced length and as they come', async () => {
    const body = JSON.stringify({ items: ['x'.repeat(5000)], nextCursor: null });
    await using announced = await answering(body, { ...JSON_TYPE, 'content-length': String(body.length) });
    await using chunked = await startScriptedServer((_request, response) => {
      response.writeHead(200, JSON_TYPE).write(body.slice(0, 2000));
      response.end(body.slice(2000));
    });
    for (const server of [announced, chunked]) {
      await using client = clientOf(server, { maxResponseBytes: 4096 });
      await expect(itemsOf(client.listCustomers(server.name))).rejects.toMatchObject({
        errorClass: 'response_too_large',
      });
    }
  });

  test('of HTML with status 200 are an error of their own, tried again', async () => {
    await using server = await startScriptedServer((request, response) =>
      request.count === 1
        ? response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<h1>CANARY maintenance</h1>')
        : page(response, ['ok']),
    );
    await using client = clientOf(server);
    expect(await itemsOf(client.listCustomers(server.name))).toEqual(['ok']);
    await using strict = clientOf(await answering('<h1>CANARY</h1>', { 'content-type': 'text/html' }), {
      maxAttempts: 1,
    });
    await expect(itemsOf(strict.listCustomers(strict.shards[0] ?? ''))).rejects.toMatchObject({
      errorClass: 'unexpected_content_type',
      message: expect.stringContaining('answered 200 with HTML instead of JSON') as string,
    });
  });

  test.each([
    ['no content type', {}],
    ['plain text', { 'content-type': 'text/plain' }],
    ['a name that only contains JSON', { 'content-type': 'application/jsonp' }],
  ])('with %s are refused', async (_what, headers) => {
    await using server = await answering('{"items":[],"nextCursor":null}', headers);
    await using client = clientOf(server, { maxAttempts: 1 });
    await expect(itemsOf(client.listCustomers(server.name))).rejects.toMatchObject({
      errorClass: 'unexpected_content_type',
    });
  });

  test('with a charset, a vendor type or a byte order mark are read', async () => {
    for (const type of ['application/json; charset=utf-8', 'application/vnd.ovis.v1+json', 'Application/JSON']) {
      await using server = await answering('\uFEFF{"items":["ok"],"nextCursor":null}', { 'content-type': type });
      await using client = clientOf(server);
      expect(await itemsOf(client.listCustomers(server.name))).toEqual(['ok']);
    }
  });

  test('that end before the JSON does, without a length to tell, are asked for again', async () => {
    await using server = await startScriptedServer((request, response) => {
      response.writeHead(200, { ...JSON_TYPE, connection: 'close' });
      response.end(request.count === 1 ? '{"items":["ok"],"nex' : '{"items":["ok"],"nextCursor":null}');
    });
    await using client = clientOf(server);
    expect(await itemsOf(client.listCustomers(server.name))).toEqual(['ok']);
    expect(server.gets).toHaveLength(2);
  });

  test.each([
    ['nothing', ''],
    ['no JSON', 'CANARY'],
    ['single quotes', "{'items':[]}"],
  ])('of %s are named', async (_what, body) => {
    await using server = await answering(body);
    await using client = clientOf(server, { maxAttempts: 2 });
    await expect(itemsOf(client.listCustomers(server.name))).rejects.toMatchObject({
      errorClass: 'invalid_json',
      attempt: 2,
    });
  });

  test('nested deeper than a stack do no harm', async () => {
    const deep = `{"items":[12345678901234567890,${'['.repeat(200_000)}${']'.repeat(200_000)}],"nextCursor":null}`;
    await using server = await answering(deep);
    await using client = clientOf(server, { maxAttempts: 1 });
    const outcome = await itemsOf(client.listCustomers(server.name)).then(
      () => 'read',
      (error: { errorClass: string }) => error.errorClass,
    );
    expect(['read', 'invalid_json']).toContain(outcome);
  });

  test('with integers beyond 2^53, duplicate keys and __proto__ lose and spoil nothing', async () => {
    await using server = await answering(
      '{"items":[{"serial":12345678901234567890,"a":1,"a":2,"__proto__":{"polluted":true}}],"__proto__":{"nextCursor":"x"},"nextCursor":null}',
    );
    await using client = clientOf(server);
    const [item] = (await itemsOf(client.listCustomers(server.name))) as Record<string, unknown>[];
    expect(item?.['serial']).toBe('12345678901234567890');
    expect(item?.['a']).toBe(2);
    expect(item?.['polluted']).toBeUndefined();
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test('with bytes that are no UTF-8 are read with U+FFFD in their place', async () => {
    const body = Buffer.concat([
      Buffer.from('{"items":["a'),
      Buffer.from([0xff]),
      Buffer.from('"],"nextCursor":null}'),
    ]);
    await using server = await answering(body);
    await using client = clientOf(server);
    expect(await itemsOf(client.listCustomers(server.name))).toEqual(['a\uFFFD']);
  });
});

describe('pages', () => {
  test.each([
    ['no object', [], 'its top level'],
    ['no items', { nextCursor: null }, 'items'],
    ['items that are no array', { items: { length: 1 }, nextCursor: null }, 'items'],
    ['no cursor', { items: [] }, 'nextCursor'],
    ['a number as cursor', { items: [], nextCursor: 7 }, 'nextCursor'],
    ['an empty cursor', { items: [], nextCursor: '' }, 'nextCursor'],
    ['a cursor too long to be sent', { items: [], nextCursor: 'x'.repeat(4097) }, 'nextCursor'],
    ['a cursor that is no text', { items: [], nextCursor: '\ud800' }, 'nextCursor'],
  ])('with %s do not match the contract', async (_what, document, where) => {
    await using server = await startScriptedServer((_request, response) => json(response, document));
    await using client = clientOf(server);
    await expect(itemsOf(client.listCustomers(server.name))).rejects.toMatchObject({
      errorClass: 'invalid_page',
      retryability: 'terminal',
      message: `shard "${server.name}", listCustomers: the page does not match the contract at ${where}`,
    });
    expect(server.gets).toHaveLength(1);
  });

  test('with more items than allowed are refused', async () => {
    await using server = await startScriptedServer((_request, response) =>
      page(response, Array.from({ length: 11 }).fill(0)),
    );
    await using client = clientOf(server, { maxItemsPerPage: 10 });
    await expect(itemsOf(client.listCustomers(server.name))).rejects.toMatchObject({ errorClass: 'page_too_large' });
  });

  test('hold whatever items the shard sends', async () => {
    const items = [null, 'text', 7, [], { deviceId: null }];
    await using server = await startScriptedServer((_request, response) => page(response, items));
    await using client = clientOf(server);
    expect(await itemsOf(client.listCustomers(server.name))).toEqual(items);
  });
});

describe('redirects', () => {
  test.each([301, 302, 303, 304, 307, 308])(
    'with status %d are refused, and the token stays with its shard',
    async (status) => {
      await using thief = await startScriptedServer((_request, response) => page(response, ['stolen']));
      await using server = await startScriptedServer((_request, response) =>
        response.writeHead(status, { location: `${thief.url}/api/v1/customers` }).end(),
      );
      await using client = clientOf(server);
      await expect(itemsOf(client.listCustomers(server.name))).rejects.toMatchObject({
        name: 'RedirectError',
        errorClass: 'redirect',
        status,
        retryability: 'terminal',
      });
      expect(thief.requests).toEqual([]);
      expect(server.gets).toHaveLength(1);
    },
  );

  test('of a login keep the password', async () => {
    await using thief = await startScriptedServer((_request, response) => page(response, []));
    await using server = await startScriptedServer(
      (_request, response) => page(response, []),
      (_request, response) => response.writeHead(307, { location: `${thief.url}/api/v1/auth/login` }).end(),
    );
    await using client = clientOf(server);
    await expect(itemsOf(client.listCustomers(server.name))).rejects.toMatchObject({
      errorClass: 'redirect',
      operation: 'login',
    });
    expect(thief.requests).toEqual([]);
  });
});

describe('what an error shows', () => {
  const canaries = /CANARY/;

  test.each([
    ['invalid JSON', 200, '{"items":[{"name":"CANARY-item"}', JSON_TYPE],
    ['a page without items', 200, '{"CANARY-key":"CANARY-value","nextCursor":"CANARY-cursor"}', JSON_TYPE],
    [
      'a problem document',
      404,
      '{"title":"CANARY-title","detail":"CANARY-detail"}',
      { 'content-type': 'application/problem+json' },
    ],
    ['a proxy page', 502, '<h1>CANARY</h1>', { 'content-type': 'text/html', 'x-canary': 'CANARY-header' }],
    ['a redirect', 302, '', { location: 'http://CANARY.example' }],
    ['an unknown encoding', 200, 'x', { ...JSON_TYPE, 'content-encoding': 'CANARY' }],
    ['an unknown type', 200, 'x', { 'content-type': 'text/CANARY' }],
  ])('of %s is nothing that the shard sent, no token and no password', async (_what, status, body, headers) => {
    await using server = await startScriptedServer(
      (_request, response) => response.writeHead(status, headers).end(body),
      (_request, response) => json(response, { accessToken: 'CANARY-token', expiresIn: 900 }),
    );
    await using client = clientOf(server, { maxAttempts: 1 });
    const listing = client.listDeviceStates(server.name, 'CANARY-customer', { cursor: 'CANARY-cursor' });
    const error = await rejectionOf(itemsOf(listing));
    expect(inspect(error, { depth: Infinity, showHidden: true, getters: true })).not.toMatch(canaries);
    expect(JSON.stringify(error)).not.toMatch(canaries);
    expect(inspect(client, { depth: 10 })).not.toMatch(canaries);
  });

  test('of refused credentials is neither of them', async () => {
    await using server = await startScriptedServer(
      (_request, response) => page(response, []),
      (_request, response) => problem(response, 401),
    );
    await using client = clientOf(server);
    const error = await rejectionOf(itemsOf(client.listCustomers(server.name)));
    expect(inspect(error, { depth: Infinity, showHidden: true })).not.toMatch(canaries);
  });
});

describe('bodies of other statuses', () => {
  test('are read away, so that their connection is used again', async () => {
    await using server = await startScriptedServer((request, response) =>
      request.count < 5 ? problem(response, 503) : page(response, ['ok']),
    );
    await using client = clientOf(server, { maxRequestsPerShard: 1 });
    expect(await itemsOf(client.listCustomers(server.name))).toEqual(['ok']);
    expect(server.connections).toBe(1);
  });

  test('that never end cost a connection, not the attempt', async () => {
    await using server = await startScriptedServer((request, response) => {
      if (request.count > 1) return page(response, ['ok']);
      return response.writeHead(503, { 'content-type': 'text/html' }).write('<h1>');
    });
    await using client = clientOf(server);
    const startedAt = performance.now();
    expect(await itemsOf(client.listCustomers(server.name))).toEqual(['ok']);
    expect(performance.now() - startedAt).toBeLessThan(20_000);
  });
});
