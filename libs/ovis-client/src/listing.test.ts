import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { InvalidCustomerIdError, SettingsError, UnknownShardError } from './errors.ts';
import type { ShardedOvisClientOptions } from './options.ts';
import { page, type ScriptedRequest, type ScriptedServer, startScriptedServer } from './scripted-server.ts';
import { ShardedOvisClient } from './sharded-ovis-client.ts';
import { itemsOf, rejectionOf } from './test-listing.ts';

function clientOf(server: ScriptedServer, options: Partial<ShardedOvisClientOptions> = {}): ShardedOvisClient {
  return new ShardedOvisClient({
    shards: [{ baseUrl: server.url, username: 'ovis', password: 'secret' }],
    retryBaseDelayMs: 1,
    ...options,
  });
}

const positionOf = (request: ScriptedRequest): number => Number(request.query.get('cursor') ?? 0);

/** A shard whose listings have `count` pages of one item. */
function startPages(count: number): Promise<ScriptedServer> {
  return startScriptedServer((request, response) => {
    const position = positionOf(request);
    page(response, [position], position + 1 < count ? String(position + 1) : null);
  });
}

describe('requests', () => {
  test('go to the paths of the contract with limit, cursor, token and accepted types', async () => {
    await using server = await startPages(2);
    await using client = clientOf(server, { userAgent: 'ovis-tests/1' });
    await itemsOf(client.listCustomers(server.name));
    await itemsOf(client.listHierarchy(server.name, 'c-1', { pageSize: 10, cursor: '1' }));
    await itemsOf(client.listDeviceStates(server.name, 'c 2/ü'));
    expect(server.gets.map(({ path, query }) => `${path}?${query.toString()}`)).toEqual([
      '/api/v1/customers?limit=1000',
      '/api/v1/customers?limit=1000&cursor=1',
      '/api/v1/customers/c-1/hierarchy?limit=10&cursor=1',
      '/api/v1/customers/c%202%2F%C3%BC/device-states?limit=1000',
      '/api/v1/customers/c%202%2F%C3%BC/device-states?limit=1000&cursor=1',
    ]);
    expect(server.gets[0]?.headers).toMatchObject({
      authorization: 'Bearer token-1',
      accept: 'application/json',
      'user-agent': 'ovis-tests/1',
    });
  });

  test('keep the path prefix of a base URL', async () => {
    await using server = await startPages(1);
    await using client = new ShardedOvisClient({
      shards: [{ baseUrl: `${server.url}/proxy/ovis/`, username: 'ovis', password: 'secret' }],
    });
    await itemsOf(client.listCustomers(server.name));
    expect(server.requests.map(({ path }) => path)).toEqual([
      '/proxy/ovis/api/v1/auth/login',
      '/proxy/ovis/api/v1/customers',
    ]);
  });

  test.each(['/../', '%00', '\u0000', `'"`, '../../auth/login', '?limit=1#', 'a;b'])(
    'for the customer %j ask for that customer and nothing else',
    async (customerId) => {
      await using server = await startPages(1);
      await using client = clientOf(server);
      await itemsOf(client.listHierarchy(server.name, customerId));
      const [, , , , segment, ...rest] = server.gets[0]?.path.split('/') ?? [];
      expect(decodeURIComponent(segment ?? '')).toBe(customerId);
      expect(rest).toEqual(['hierarchy']);
    },
  );

  test('are not made for what cannot be asked', async () => {
    await using server = await startPages(1);
    await using client = clientOf(server);
    expect(() => client.listCustomers('elsewhere:1')).toThrow(UnknownShardError);
    expect(() => client.listHierarchy(server.name, '..')).toThrow(InvalidCustomerIdError);
    expect(() => client.listDeviceStates(server.name, '')).toThrow(InvalidCustomerIdError);
    expect(() => client.listCustomers(server.name, { pageSize: 0 })).toThrow(SettingsError);
    expect(server.requests).toEqual([]);
  });

  test('are bounded at a time for each shard, on as many kept connections', async () => {
    await using server = await startScriptedServer(async (_request, response) => {
      await delay(5);
      page(response, ['ok']);
    });
    await using client = clientOf(server, { maxRequestsPerShard: 3 });
    const listings = Array.from({ length: 30 }, (_, index) => itemsOf(client.listHierarchy(server.name, `c-${index}`)));
    expect((await Promise.all(listings)).flat()).toHaveLength(30);
    expect(server.running.most).toBe(3);
    expect(server.connections).toBeLessThanOrEqual(3);
  });

  test('in great number cause no warning of the process', async () => {
    const warnings: Error[] = [];
    const note = (warning: Error): void => void warnings.push(warning);
    process.on('warning', note);
    await using server = await startPages(3);
    await using client = clientOf(server);
    const { signal } = new AbortController();
    await Promise.all(Array.from({ length: 100 }, () => itemsOf(client.listCustomers(server.name, { signal }))));
    await delay(1);
    process.off('warning', note);
    expect(warnings).toEqual([]);
  });

  test('that wait for a retry leave their place to others', async () => {
    await using server = await startScriptedServer((request, response) =>
      request.path.includes('busy') && request.count === 1
        ? response.writeHead(503, { 'retry-after': '1' }).end()
        : page(response, [request.path]),
    );
    await using client = clientOf(server, { maxRequestsPerShard: 1 });
    const done: string[] = [];
    await Promise.all(
      ['busy', 'idle'].map(async (customer) => {
        await itemsOf(client.listHierarchy(server.name, customer));
        done.push(customer);
      }),
    );
    expect(done).toEqual(['idle', 'busy']);
  });
});

describe('pages', () => {
  test('are asked for one ahead, while the one before is worked on, and no further', async () => {
    await using server = await startPages(6);
    await using client = clientOf(server);
    for await (const { items } of client.listCustomers(server.name)) {
      const expected = Math.min(6, Number(items[0]) + 2);
      await expect.poll(() => server.gets.length).toBe(expected);
      await delay(20);
      expect(server.gets).toHaveLength(expected);
    }
  });

  test('carry the cursors to resume from', async () => {
    await using server = await startPages(4);
    await using client = clientOf(server);
    const cursors: unknown[] = [];
    for await (const { cursor, nextCursor } of client.listCustomers(server.name)) cursors.push([cursor, nextCursor]);
    expect(cursors).toEqual([
      [null, '1'],
      ['1', '2'],
      ['2', '3'],
      ['3', null],
    ]);
    expect(await itemsOf(client.listCustomers(server.name, { cursor: '2' }))).toEqual([2, 3]);
  });

  test('may be empty while there are more', async () => {
    await using server = await startScriptedServer((request, response) => {
      const position = positionOf(request);
      page(response, position === 2 ? ['found'] : [], position < 3 ? String(position + 1) : null);
    });
    await using client = clientOf(server);
    expect(await itemsOf(client.listCustomers(server.name))).toEqual(['found']);
  });

  test('that come round again end the listing', async () => {
    await using server = await startScriptedServer((request, response) =>
      page(response, [positionOf(request)], String((positionOf(request) + 1) % 3)),
    );
    await using client = clientOf(server);
    await expect(itemsOf(client.listCustomers(server.name))).rejects.toMatchObject({
      name: 'EndlessListingError',
      errorClass: 'cursor_loop',
      retryability: 'terminal',
      shard: server.name,
    });
    expect(server.gets.length).toBeLessThanOrEqual(4);
  });

  test('that do not end are ended by maxPagesPerListing', async () => {
    await using server = await startPages(1_000_000);
    await using client = clientOf(server, { maxPagesPerListing: 5 });
    await expect(itemsOf(client.listCustomers(server.name))).rejects.toMatchObject({
      errorClass: 'too_many_pages',
      pages: 5,
    });
    expect(server.gets).toHaveLength(5);
  });
});

describe('leaving', () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  beforeEach(() => {
    unhandled.length = 0;
    process.on('unhandledRejection', note);
  });
  afterEach(() => {
    process.off('unhandledRejection', note);
  });

  /** The first page at once, every other never. */
  const startStuck = (): Promise<ScriptedServer> =>
    startScriptedServer((request, response) => positionOf(request) === 0 && page(response, [0], '1'));

  test('the loop cancels the page under way, with no unhandled rejection', async () => {
    await using server = await startStuck();
    await using client = clientOf(server);
    for await (const _page of client.listCustomers(server.name)) {
      await expect.poll(() => server.running.now).toBe(1);
      break;
    }
    await expect.poll(() => server.running.now).toBe(0);
    expect(unhandled).toEqual([]);
  });

  test('the loop by an error keeps the error', async () => {
    await using server = await startStuck();
    await using client = clientOf(server);
    await expect(async () => {
      for await (const _page of client.listCustomers(server.name)) throw new Error('my own');
    }).rejects.toThrow('my own');
    await expect.poll(() => server.running.now).toBe(0);
    expect(unhandled).toEqual([]);
  });

  test('a page that failed unseen is no unhandled rejection', async () => {
    await using server = await startScriptedServer((request, response) =>
      positionOf(request) === 0 ? page(response, [0], '1') : response.writeHead(404).end(),
    );
    await using client = clientOf(server);
    for await (const _page of client.listCustomers(server.name)) {
      await expect.poll(() => server.gets.length).toBe(2);
      await delay(20);
      break;
    }
    expect(unhandled).toEqual([]);
  });

  test('by the signal ends a running request at once, with its reason', async () => {
    await using server = await startStuck();
    await using client = clientOf(server);
    const controller = new AbortController();
    const listing = itemsOf(client.listCustomers(server.name, { signal: controller.signal }));
    await expect.poll(() => server.gets.length).toBe(2);
    const reason = new Error('enough');
    controller.abort(reason);
    expect(await rejectionOf(listing)).toBe(reason);
    await expect.poll(() => server.running.now).toBe(0);
    expect(unhandled).toEqual([]);
  });

  test('by a signal that was aborted before sends nothing', async () => {
    await using server = await startPages(1);
    await using client = clientOf(server);
    const listing = client.listCustomers(server.name, { signal: AbortSignal.abort() });
    await expect(itemsOf(listing)).rejects.toMatchObject({ name: 'AbortError' });
    expect(server.requests).toEqual([]);
  });

  test('by the signal ends the wait for a place', async () => {
    await using server = await startScriptedServer(
      (request, response) => request.path.endsWith('customers') || page(response, []),
    );
    await using client = clientOf(server, { maxRequestsPerShard: 1 });
    const holding = new AbortController();
    const held = rejectionOf(itemsOf(client.listCustomers(server.name, { signal: holding.signal })));
    await expect.poll(() => server.gets.length).toBe(1);
    await expect(
      itemsOf(client.listHierarchy(server.name, 'c-1', { signal: AbortSignal.timeout(20) })),
    ).rejects.toMatchObject({ name: 'TimeoutError' });
    holding.abort();
    await held;
    expect(await itemsOf(client.listHierarchy(server.name, 'c-1'))).toEqual([]);
  });

  test('leaves no listener on a signal that lives on', async () => {
    await using server = await startPages(3);
    await using client = clientOf(server);
    const { signal } = new AbortController();
    const added: string[] = [];
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => (added.push('add'), add(...args));
    signal.removeEventListener = (...args: Parameters<typeof remove>) => (added.pop(), remove(...args));
    await itemsOf(client.listCustomers(server.name, { signal }));
    expect(added).toEqual([]);
  });

  test('by close() ends what runs and refuses what follows', async () => {
    await using server = await startStuck();
    const client = clientOf(server);
    const listing = rejectionOf(itemsOf(client.listCustomers(server.name)));
    await expect.poll(() => server.gets.length).toBe(2);
    await client.close();
    await client.close();
    expect(await listing).toMatchObject({ name: 'ClientClosedError', errorClass: 'client_closed' });
    await expect(itemsOf(client.listCustomers(server.name))).rejects.toMatchObject({ name: 'ClientClosedError' });
    await expect.poll(() => server.running.now).toBe(0);
    expect(unhandled).toEqual([]);
  });
});
