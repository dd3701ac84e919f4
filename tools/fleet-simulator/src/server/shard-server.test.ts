import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { request } from 'undici';
import { describe, expect, test } from 'vitest';
import { SimulatorListenError } from '../errors.ts';
import { startSimulator, type SimulatedShard, type Simulator } from '../simulator.ts';
import { ShardCaller } from '../testing/shard-caller.ts';

const NOW = '2026-11-22T12:00:00Z';

function shardOf(simulator: Simulator, number = 0): SimulatedShard {
  const shard = simulator.shards[number];
  if (shard === undefined) throw new Error(`there is no shard ${number}`);
  return shard;
}

async function login(
  shard: SimulatedShard,
  body: unknown,
): Promise<{ status: number; document: Record<string, unknown> }> {
  const response = await fetch(`${shard.baseUrl}/api/v1/auth/login`, { method: 'POST', body: JSON.stringify(body) });
  return { status: response.status, document: (await response.json()) as Record<string, unknown> };
}

async function statusWith(shard: SimulatedShard, token: unknown): Promise<number> {
  const headers = { authorization: `Bearer ${String(token)}` };
  return (await fetch(`${shard.baseUrl}/api/v1/customers`, { headers })).status;
}

describe('login', () => {
  test('gives a token that is good on its shard only', async () => {
    await using simulator = await startSimulator({ devices: 100, shards: 2, now: NOW });
    const { document } = await login(shardOf(simulator), { username: 'ovis', password: 'secret' });
    expect(document).toMatchObject({ tokenType: 'Bearer', expiresIn: 900 });
    expect(await statusWith(shardOf(simulator), document['accessToken'])).toBe(200);
    expect(await statusWith(shardOf(simulator, 1), document['accessToken'])).toBe(401);
    expect(await statusWith(shardOf(simulator), 'made-up')).toBe(401);
  });

  test('knows each shard by its own credentials', async () => {
    const credentials = [
      { username: 'anna', password: 'one' },
      { username: 'berta', password: 'two' },
    ];
    await using simulator = await startSimulator({ devices: 100, shards: 2, now: NOW, credentials });
    expect((await login(shardOf(simulator, 1), credentials[1])).status).toBe(200);
    expect((await login(shardOf(simulator, 1), credentials[0])).status).toBe(401);
    expect((await login(shardOf(simulator, 1), ['berta', 'two'])).status).toBe(400);
    expect(shardOf(simulator, 1)).toMatchObject(credentials[1] ?? {});
  });

  test('gives tokens that expire in real time', async () => {
    let wall = 1_000_000;
    const options = { devices: 100, shards: 1, now: NOW, tokenLifetimeSeconds: 60, wallClock: () => wall };
    await using simulator = await startSimulator(options);
    const { document } = await login(shardOf(simulator), { username: 'ovis', password: 'secret' });
    wall += 59_999;
    expect(await statusWith(shardOf(simulator), document['accessToken'])).toBe(200);
    wall += 1;
    expect(await statusWith(shardOf(simulator), document['accessToken'])).toBe(401);
  });
});

describe('a listing', () => {
  test('has 250 items a page unless asked otherwise, and up to 1000', async () => {
    await using simulator = await startSimulator({ devices: 1400, customers: 1, shards: 1, now: NOW });
    const caller = new ShardCaller(shardOf(simulator));
    const [customer] = simulator.truth.customers(new Date(NOW));
    const sizes = async (query: string): Promise<number> => {
      const received = await caller.get(`/customers/${customer?.customerId}/device-states${query}`);
      return (JSON.parse(received?.text ?? '{}') as { items: unknown[] }).items.length;
    };
    expect([await sizes(''), await sizes('?limit=1000'), await sizes('?limit=1')]).toEqual([250, 1000, 1]);
  });

  test('knows only the customers of its shard', async () => {
    await using simulator = await startSimulator({ devices: 300, shards: 2, now: NOW });
    const other = simulator.truth.customers(new Date(NOW)).find(({ shard }) => shard === shardOf(simulator, 1).name);
    const path = `/customers/${other?.customerId}/hierarchy`;
    expect((await new ShardCaller(shardOf(simulator)).get(path))?.status).toBe(404);
    expect((await new ShardCaller(shardOf(simulator, 1)).get(path))?.status).toBe(200);
  });

  test.each([
    ['gzip, br', 'gzip'],
    ['br', undefined],
    ['gzip;q=0', undefined],
    ['', undefined],
  ])('is compressed as the client accepts: "%s"', async (accept, encoding) => {
    await using simulator = await startSimulator({ devices: 300, shards: 1, now: NOW });
    const { document } = await login(shardOf(simulator), { username: 'ovis', password: 'secret' });
    const response = await request(`${shardOf(simulator).baseUrl}/api/v1/customers`, {
      headers: { authorization: `Bearer ${String(document['accessToken'])}`, 'accept-encoding': accept },
    });
    const bytes = Buffer.from(await response.body.arrayBuffer());
    expect(response.headers['content-encoding']).toBe(encoding);
    const text = (encoding === 'gzip' ? gunzipSync(bytes) : bytes).toString();
    expect((JSON.parse(text) as { items: unknown[] }).items).toHaveLength(5);
  });
});

describe('the untidy profile', () => {
  const untidy = { devices: 1500, customers: 1, shards: 1, now: NOW, profile: 'untidy', retryAfterSeconds: 0 } as const;
  const only = {
    brokenCustomers: 0,
    unauthorized: 0,
    tooManyRequests: 0,
    unavailable: 0,
    badGateway: 0,
    cutConnections: 0,
  };

  async function firstCustomer(simulator: Simulator): Promise<string> {
    return simulator.truth.customers(new Date(NOW))[0]?.customerId ?? '';
  }

  test('answers a request that met a fault when it is asked again, the same in every world', async () => {
    const run = async (): Promise<unknown> => {
      await using simulator = await startSimulator({ ...untidy, rates: { brokenCustomers: 0 } });
      const caller = new ShardCaller(shardOf(simulator));
      const statuses: number[] = [];
      const path = `/customers/${await firstCustomer(simulator)}/device-states`;
      const pages = await caller.pages(path, 10, ({ status }) => statuses.push(status));
      expect(pages?.at(-1)?.nextCursor).toBeNull();
      const faults = simulator.requests[0]?.faults ?? 0;
      expect(faults).toBeGreaterThan(10);
      // Nothing new goes wrong for requests that were answered.
      await caller.pages(path, 10);
      expect(simulator.requests[0]?.faults).toBe(faults);
      return { statuses, pages };
    };
    const first = await run();
    expect(first).toEqual(await run());
  });

  test('sends pages that are short, empty or repeat a device, and every device in the end', async () => {
    const rates = { ...only, shortPages: 0.3, emptyPages: 0.3, duplicates: 0.3 };
    await using simulator = await startSimulator({ ...untidy, rates });
    const path = `/customers/${await firstCustomer(simulator)}/device-states`;
    const pages = (await new ShardCaller(shardOf(simulator)).pages(path, 20)) ?? [];
    const devices = pages.flatMap(({ items }) => items.map(({ deviceId }) => deviceId));
    expect(new Set(devices).size).toBe(simulator.truth.counts(new Date(NOW)).devices);
    expect(devices.length).toBeGreaterThan(new Set(devices).size);
    expect(pages.filter(({ items }) => items.length === 0).length).toBeGreaterThan(5);
    expect(pages.filter(({ items }) => items.length > 0 && items.length < 20).length).toBeGreaterThan(5);
    expect(Math.max(...pages.map(({ items }) => items.length))).toBe(20);
  });

  test('cuts connections in the middle of a body', async () => {
    await using simulator = await startSimulator({ ...untidy, rates: { ...only, cutConnections: 1 } });
    const caller = new ShardCaller(shardOf(simulator));
    await caller.login();
    expect(await caller.get('/customers')).toBeNull();
    expect((await caller.getPatiently('/customers'))?.status).toBe(200);
  });

  test.each(['tooManyRequests', 'unavailable'] as const)(
    'says when to come back in both forms or not at all: %s',
    async (kind) => {
      await using simulator = await startSimulator({ ...untidy, retryAfterSeconds: 2, rates: { ...only, [kind]: 1 } });
      const caller = new ShardCaller(shardOf(simulator));
      const forms = new Set<string>();
      for (let limit = 1; limit < 30; limit++) {
        const after = (await caller.get(`/customers?limit=${limit}`))?.headers.get('retry-after') ?? 'none';
        forms.add(after.includes('GMT') ? 'date' : after);
      }
      expect([...forms].toSorted()).toEqual(['2', 'date', 'none']);
    },
  );

  test('withdraws tokens before their time, but no new one', async () => {
    await using simulator = await startSimulator({ ...untidy, rates: { ...only, unauthorized: 0.5 } });
    const caller = new ShardCaller(shardOf(simulator));
    const statuses: number[] = [];
    for (let limit = 1; limit <= 200; limit++) {
      await caller.getPatiently(`/customers?limit=${limit}`, ({ status }) => statuses.push(status));
    }
    expect(statuses.filter((status) => status === 401).length).toBeGreaterThan(3);
    expect(statuses.some((status, i) => status === 401 && statuses[i + 1] === 401)).toBe(false);
  });

  test('sends br to some who accept it', async () => {
    await using simulator = await startSimulator({ ...untidy, rates: only });
    const { document } = await login(shardOf(simulator), { username: 'ovis', password: 'secret' });
    const path = `/api/v1/customers/${await firstCustomer(simulator)}/device-states`;
    const encodings = new Set<unknown>();
    for (let limit = 10; limit < 20; limit++) {
      const response = await request(`${shardOf(simulator).baseUrl}${path}?limit=${limit}`, {
        headers: { authorization: `Bearer ${String(document['accessToken'])}`, 'accept-encoding': 'br, gzip' },
      });
      const encoding = response.headers['content-encoding'];
      const bytes = Buffer.from(await response.body.arrayBuffer());
      JSON.parse((encoding === 'br' ? brotliDecompressSync(bytes) : gunzipSync(bytes)).toString());
      encodings.add(encoding);
    }
    expect(encodings).toEqual(new Set(['br', 'gzip']));
  });
});

describe(startSimulator, () => {
  test('counts requests and the most that were open at once', async () => {
    await using simulator = await startSimulator({ devices: 300, shards: 2, now: NOW, latencyMs: 50 });
    const caller = new ShardCaller(shardOf(simulator));
    await caller.login();
    await Promise.all([1, 2, 3, 4].map((limit) => caller.get(`/customers?limit=${limit}`)));
    expect(simulator.requests).toEqual([
      { shard: shardOf(simulator).name, total: 5, maxConcurrent: 4, logins: 1, faults: 0 },
      { shard: shardOf(simulator, 1).name, total: 0, maxConcurrent: 0, logins: 0, faults: 0 },
    ]);
    simulator.resetRequests();
    expect(simulator.requests[0]?.total).toBe(0);
  });

  test('answers the same from worker threads, which see the time that is set', async () => {
    const options = { devices: 300, shards: 2, now: NOW } as const;
    await using threads = await startSimulator({ ...options, workers: true });
    await using inProcess = await startSimulator(options);
    const later = '2026-11-23T12:00:00Z';
    threads.setTime(later);
    inProcess.setTime(later);
    const [customer] = threads.truth.customers(new Date(later));
    const read = (simulator: Simulator): Promise<unknown> =>
      new ShardCaller(shardOf(simulator)).pages(`/customers/${customer?.customerId}/device-states`, 100);
    expect(await read(threads)).toEqual(await read(inProcess));
    expect(threads.requests[0]).toMatchObject({ logins: 1, maxConcurrent: 1 });
  });

  test.each([false, true])('says which port is taken and leaves nothing listening (workers: %s)', async (workers) => {
    await using first = await startSimulator({ devices: 10, shards: 1, now: NOW });
    const taken = Number(new URL(shardOf(first).baseUrl).port);
    const starting = startSimulator({ devices: 10, shards: 2, ports: [0, taken], workers, now: NOW });
    await expect(starting).rejects.toThrow(SimulatorListenError);
    await expect(starting).rejects.toThrow(`cannot listen on 127.0.0.1:${taken}`);
  });

  test('lets the time run or stand still', async () => {
    let wall = 5_000_000;
    const wallClock = (): number => wall;
    await using simulator = await startSimulator({ devices: 10, shards: 1, now: NOW, wallClock });
    wall += 60_000;
    expect(simulator.now()).toEqual(new Date(NOW));
    simulator.setTime(NOW, { running: true });
    wall += 60_000;
    expect(simulator.now()).toEqual(new Date('2026-11-22T12:01:00Z'));
    expect(() => simulator.setTime('1999-01-01')).toThrow('outside the simulated world');
  });
});
