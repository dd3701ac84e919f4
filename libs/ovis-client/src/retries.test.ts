import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { ClientEvents } from './events.ts';
import type { ShardedOvisClientOptions } from './options.ts';
import { page, problem, type ScriptedServer, startScriptedServer } from './scripted-server.ts';
import { ShardedOvisClient } from './sharded-ovis-client.ts';
import { itemsOf, rejectionOf } from './test-listing.ts';

function clientOf(
  server: Pick<ScriptedServer, 'url'>,
  options: Partial<ShardedOvisClientOptions> = {},
): ShardedOvisClient {
  return new ShardedOvisClient({
    shards: [{ baseUrl: server.url, username: 'ovis', password: 'secret' }],
    retryBaseDelayMs: 1,
    ...options,
  });
}

/** Notes every event as one line. */
function notesOf(): { readonly notes: string[]; readonly events: ClientEvents } {
  const notes: string[] = [];
  return {
    notes,
    events: {
      onRequest: ({ operation, attempt }) => notes.push(`request ${operation} ${attempt}`),
      onResponse: ({ operation, attempt, status }) => notes.push(`response ${operation} ${attempt} ${status}`),
      onFailure: ({ operation, attempt, errorClass }) => notes.push(`failure ${operation} ${attempt} ${errorClass}`),
      onRetry: ({ operation, attempt, errorClass }) => notes.push(`retry ${operation} ${attempt} ${errorClass}`),
      onGiveUp: ({ operation, attempt, reason }) => notes.push(`give up ${operation} ${attempt} ${reason}`),
      onLogin: ({ cause, outcome }) => notes.push(`login ${cause} ${outcome}`),
    },
  };
}

describe('retries', () => {
  test.each([408, 429, 500, 502, 503, 504])('ask again after status %d', async (status) => {
    await using server = await startScriptedServer((request, response) =>
      request.count < 3 ? problem(response, status) : page(response, ['ok']),
    );
    await using client = clientOf(server);
    expect(await itemsOf(client.listCustomers(server.name))).toEqual(['ok']);
    expect(server.gets).toHaveLength(3);
  });

  test.each([400, 403, 404, 405, 410, 413, 501, 505])('do not ask again after status %d', async (status) => {
    await using server = await startScriptedServer((_request, response) => problem(response, status));
    await using client = clientOf(server);
    await expect(itemsOf(client.listCustomers(server.name))).rejects.toMatchObject({
      name: 'HttpStatusError',
      status,
      errorClass: `http_${status}`,
      retryability: 'terminal',
      shard: server.name,
      operation: 'listCustomers',
      attempt: 1,
    });
    expect(server.gets).toHaveLength(1);
  });

  test('end after maxAttempts with the last failure, and say so step by step', async () => {
    await using server = await startScriptedServer((request, response) =>
      problem(response, request.count === 1 ? 500 : 503),
    );
    const { notes, events } = notesOf();
    await using client = clientOf(server, { maxAttempts: 2, events });
    await expect(itemsOf(client.listCustomers(server.name))).rejects.toThrow(
      `shard "${server.name}", listCustomers: answered status 503, expected 200; try again later (attempt 2)`,
    );
    expect(notes).toEqual([
      'request login 1',
      'response login 1 200',
      'login first succeeded',
      'request listCustomers 1',
      'response listCustomers 1 500',
      'failure listCustomers 1 http_500',
      'retry listCustomers 1 http_500',
      'request listCustomers 2',
      'response listCustomers 2 503',
      'failure listCustomers 2 http_503',
      'give up listCustomers 2 attempts',
    ]);
  });

  test('tell a listing of its own requests only, and the client of all', async () => {
    await using server = await startScriptedServer((request, response) =>
      page(response, [], request.query.has('cursor') ? null : 'next'),
    );
    const all = notesOf();
    const own = notesOf();
    await using client = clientOf(server, { events: all.events });
    await itemsOf(client.listHierarchy(server.name, 'c-1'));
    await itemsOf(client.listCustomers(server.name, { events: own.events }));
    expect(own.notes.filter((note) => note.startsWith('request'))).toEqual([
      'request listCustomers 1',
      'request listCustomers 1',
    ]);
    expect(all.notes.filter((note) => note.startsWith('request'))).toEqual([
      'request login 1',
      'request listHierarchy 1',
      'request listHierarchy 1',
      'request listCustomers 1',
      'request listCustomers 1',
    ]);
  });

  test('wait with full jitter under a doubling ceiling', async () => {
    await using server = await startScriptedServer((_request, response) => problem(response, 503));
    const delays: number[] = [];
    await using client = clientOf(server, {
      retryBaseDelayMs: 4,
      retryMaxDelayMs: 10,
      random: () => 0.5,
      events: { onRetry: ({ delayMs }) => delays.push(delayMs) },
    });
    await rejectionOf(itemsOf(client.listCustomers(server.name)));
    expect(delays).toEqual([2, 4, 5, 5]);
  });

  test('honour Retry-After in seconds', async () => {
    await using server = await startScriptedServer((request, response) =>
      request.count === 1 ? problem(response, 429, { 'retry-after': '1' }) : page(response, ['ok']),
    );
    await using client = clientOf(server);
    const startedAt = performance.now();
    expect(await itemsOf(client.listCustomers(server.name))).toEqual(['ok']);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(995);
  });

  test('honour Retry-After as a date', async () => {
    await using server = await startScriptedServer((request, response) =>
      request.count === 1
        ? problem(response, 503, { 'retry-after': new Date(Date.now() + 2000).toUTCString() })
        : page(response, ['ok']),
    );
    const delays: number[] = [];
    await using client = clientOf(server, { events: { onRetry: ({ delayMs }) => delays.push(delayMs) } });
    expect(await itemsOf(client.listCustomers(server.name))).toEqual(['ok']);
    expect(delays[0]).toBeGreaterThanOrEqual(1000);
    // Node writes the Date header of a second or so ago when it is busy.
    expect(delays[0]).toBeLessThan(5000);
  });

  test('obey a Retry-After no longer than its cap', async () => {
    await using server = await startScriptedServer((request, response) =>
      request.count === 1 ? problem(response, 503, { 'retry-after': '86400' }) : page(response, ['ok']),
    );
    const delays: number[] = [];
    await using client = clientOf(server, {
      maxRetryAfterMs: 20,
      random: () => 0,
      events: { onRetry: ({ delayMs }) => delays.push(delayMs) },
    });
    expect(await itemsOf(client.listCustomers(server.name))).toEqual(['ok']);
    expect(delays).toEqual([20]);
  });

  test('stop when the budget of the shard is spent, over all its requests', async () => {
    await using server = await startScriptedServer((_request, response) => problem(response, 503));
    const { notes, events } = notesOf();
    await using client = clientOf(server, {
      retryBudgetCapacity: 3,
      retryBudgetPerRequest: 0,
      retryBudgetPerSecond: 0,
      circuitFailures: 1000,
      events,
    });
    await Promise.allSettled(Array.from({ length: 10 }, () => itemsOf(client.listCustomers(server.name))));
    expect(server.gets).toHaveLength(13);
    expect(notes.filter((note) => note.startsWith('give up') && note.endsWith('budget'))).toHaveLength(10);
  });

  test('ask for the page again that was cut, not for the pages before', async () => {
    const pages = ['"a"],"nextCursor":"2"}', '"b"],"nextCursor":"3"}', '"c"],"nextCursor":null}'];
    const cut = new Set(['2', '3']);
    await using server = await startScriptedServer((request, response) => {
      const cursor = request.query.get('cursor') ?? '1';
      const body = `{"items":[${pages[Number(cursor) - 1]}`;
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
      if (!cut.delete(cursor)) return response.end(body);
      return response.write(body.slice(0, 15), () => response.destroy());
    });
    const { notes, events } = notesOf();
    await using client = clientOf(server, { events });
    expect(await itemsOf(client.listCustomers(server.name))).toEqual(['a', 'b', 'c']);
    expect(server.gets.map(({ query }) => query.get('cursor'))).toEqual([null, '2', '2', '3', '3']);
    expect(notes.filter((note) => note.startsWith('retry'))).toEqual([
      'retry listCustomers 1 truncated_body',
      'retry listCustomers 1 truncated_body',
    ]);
  });

  test('end at once when the signal is aborted during a wait', async () => {
    await using server = await startScriptedServer((_request, response) =>
      problem(response, 503, { 'retry-after': '30' }),
    );
    await using client = clientOf(server);
    const controller = new AbortController();
    const listing = itemsOf(client.listCustomers(server.name, { signal: controller.signal }));
    await expect.poll(() => server.gets.length).toBe(1);
    const startedAt = performance.now();
    controller.abort(new Error('enough'));
    await expect(listing).rejects.toThrow('enough');
    expect(performance.now() - startedAt).toBeLessThan(5000);
  });
});

describe('failures of the connection', () => {
  test('that is refused are tried again and named', async () => {
    const server = await startScriptedServer((_request, response) => page(response, []));
    await server[Symbol.asyncDispose]();
    await using client = clientOf(server, { maxAttempts: 2 });
    await expect(itemsOf(client.listCustomers(server.name))).rejects.toMatchObject({
      name: 'NetworkError',
      errorClass: 'network',
      code: 'ECONNREFUSED',
      retryability: 'transient',
      attempt: 2,
    });
  });

  test('that is closed before an answer are tried again', async () => {
    await using server = await startScriptedServer((request, response) =>
      request.count === 1 ? response.destroy() : page(response, ['ok']),
    );
    await using client = clientOf(server);
    expect(await itemsOf(client.listCustomers(server.name))).toEqual(['ok']);
  });

  test('to a server that speaks no HTTP keep nothing of what it sent', async () => {
    await using server = await startScriptedServer((_request, response) => {
      response.socket?.end('CANARY is no HTTP\r\n\r\n');
    });
    await using client = clientOf(server, { maxAttempts: 1 });
    const error = await rejectionOf(itemsOf(client.listCustomers(server.name)));
    expect(error).toMatchObject({ errorClass: 'network', code: 'HTTPParserError' });
    expect(error).not.toHaveProperty('cause');
  });
});

describe('timeouts', () => {
  const slow = { maxAttempts: 1 };

  test('end an answer that does not begin', async () => {
    await using server = await startScriptedServer(() => undefined);
    await using client = clientOf(server, { ...slow, headersTimeoutMs: 100 });
    await expect(itemsOf(client.listCustomers(server.name))).rejects.toMatchObject({
      name: 'TimeoutError',
      errorClass: 'timeout',
      phase: 'headers',
      limitMs: 100,
      retryability: 'transient',
    });
  });

  test('end a body that stalls', async () => {
    await using server = await startScriptedServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).write('{"items":[');
    });
    await using client = clientOf(server, { ...slow, bodyTimeoutMs: 100 });
    await expect(itemsOf(client.listCustomers(server.name))).rejects.toMatchObject({ phase: 'body' });
  });

  test('end a body that trickles and would never stall', async () => {
    await using server = await startScriptedServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const trickle = setInterval(() => response.write(' '), 10);
      response.on('close', () => clearInterval(trickle));
    });
    await using client = clientOf(server, { ...slow, attemptTimeoutMs: 150, bodyTimeoutMs: 100 });
    await expect(itemsOf(client.listCustomers(server.name))).rejects.toMatchObject({ phase: 'attempt', limitMs: 150 });
    await expect.poll(() => server.running.now).toBe(0);
  });

  test('are tried again', async () => {
    await using server = await startScriptedServer((request, response) => request.count > 1 && page(response, ['ok']));
    await using client = clientOf(server, { attemptTimeoutMs: 100 });
    expect(await itemsOf(client.listCustomers(server.name))).toEqual(['ok']);
  });

  test('end a connection that is not made', async () => {
    await using silent = await startSilentServer();
    await using client = clientOf(silent, { ...slow, connectTimeoutMs: 200 });
    await expect(itemsOf(client.listCustomers(silent.name))).rejects.toMatchObject({ phase: 'connect', limitMs: 200 });
  });

  test('do not hold up an abort while a connection is being made', async () => {
    await using silent = await startSilentServer();
    await using client = clientOf(silent);
    const startedAt = performance.now();
    const listing = itemsOf(client.listCustomers(silent.name, { signal: AbortSignal.timeout(50) }));
    await expect(listing).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(performance.now() - startedAt).toBeLessThan(5000);
  });
});

describe('TLS', () => {
  test('that is not spoken by the shard is a terminal error', async () => {
    await using server = await startScriptedServer((_request, response) => page(response, []));
    await using client = clientOf({ url: server.url.replace('http:', 'https:') });
    await expect(itemsOf(client.listCustomers(server.name))).rejects.toMatchObject({
      name: 'TlsError',
      errorClass: 'tls',
      retryability: 'terminal',
      code: expect.stringMatching(/^(?:ERR_SSL_|EPROTO)/) as string,
    });
    expect(server.requests).toEqual([]);
  });
});

/** A server that accepts connections and never says a word, so that a TLS handshake never ends. */
async function startSilentServer(): Promise<AsyncDisposable & { readonly url: string; readonly name: string }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => sockets.add(socket.on('error', () => undefined)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://127.0.0.1:${port}`,
    name: `127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
