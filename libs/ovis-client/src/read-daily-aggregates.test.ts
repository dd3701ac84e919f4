import { startSimulator } from '@ovis/fleet-simulator';
import { describe, expect, test } from 'vitest';
import { METRICS } from './daily-aggregates.ts';
import { type AggregatePage, readDailyAggregates, type ReadAggregatesOptions } from './read-daily-aggregates.ts';
import { json, problem, startScriptedServer } from './scripted-server.ts';
import { ShardedOvisClient } from './sharded-ovis-client.ts';
import { StubbedOvisClient } from './testing/index.ts';

const question = { metric: 'humidity', date: '2026-11-22' } as const;
const DEVICES = Array.from({ length: 5 }, (_, index) => `d-${index}`);
const items = DEVICES.filter((id) => id !== 'd-2').map((deviceId) => ({ deviceId, ...question, mean: 40 }));

function idOf(item: unknown): string | null {
  const id = (item as { readonly deviceId?: unknown } | null)?.deviceId;
  return typeof id === 'string' ? id : null;
}

function stub(): StubbedOvisClient {
  return new StubbedOvisClient({ shards: { 'a:1': { dailyAggregates: { 'c-1': items } } }, pageSize: 2 });
}

function read(client: StubbedOvisClient, options: Partial<ReadAggregatesOptions> = {}) {
  const deviceIds = (): Promise<readonly string[]> => Promise.resolve(DEVICES);
  return readDailyAggregates({
    client,
    shard: 'a:1',
    customerId: 'c-1',
    question,
    deviceIds,
    deviceIdOf: idOf,
    ...options,
  });
}

/** What came, and the failure at the end if there was one. */
async function collect(pages: AsyncIterable<AggregatePage>) {
  const seen: AggregatePage[] = [];
  let failure: unknown = null;
  try {
    for await (const one of pages) seen.push(one);
  } catch (error) {
    failure = error;
  }
  const devices = seen.flatMap((one) => one.items.map(idOf)).filter((id) => id !== null);
  return { seen, failure, devices, silent: seen.reduce((sum, one) => sum + one.silentDevices, 0) };
}

describe(readDailyAggregates, () => {
  test('reads the customer-level listing, and asks for no device', async () => {
    const client = stub();
    const { seen, devices, failure } = await collect(
      read(client, { deviceIds: () => Promise.reject(new Error('not needed')) }),
    );
    expect([devices, failure]).toEqual([items.map(idOf), null]);
    expect(seen.map(({ level, next }) => [level, next?.level])).toEqual([
      ['customer', 'customer'],
      ['customer', undefined],
    ]);
  });

  test.each([404, 405, 413, 501, 503, 504])('asks device by device after %i', async (status) => {
    const client = stub();
    client.fail({ operation: 'listCustomerDailyAggregates', with: status, times: Infinity });
    const fallbacks: unknown[] = [];
    const found = await collect(read(client, { onFallback: (fallback) => fallbacks.push(fallback) }));
    expect(fallbacks).toEqual([{ errorClass: `http_${status}`, isPartial: false }]);
    expect(found.devices.toSorted()).toEqual(items.map(idOf));
    expect(found).toMatchObject({ silent: 1, failure: null });
    expect(found.seen.at(-1)?.next).toBeNull();
  });

  test.each([400, 401, 500])('does not take %i for a refusal', async (status) => {
    const client = stub();
    client.fail({ operation: 'listCustomerDailyAggregates', with: status, times: Infinity });
    const found = await collect(read(client));
    expect(found).toMatchObject({ failure: { errorClass: `http_${status}` }, devices: [] });
    expect(client.deviceCalls).toEqual([]);
  });

  test.each([500, 504])('asks for what is missing when the listing breaks off with %i', async (status) => {
    const client = stub();
    client.fail({ operation: 'listCustomerDailyAggregates', page: 2, with: status, times: Infinity });
    const fallbacks: unknown[] = [];
    const found = await collect(read(client, { onFallback: (fallback) => fallbacks.push(fallback) }));
    expect(fallbacks).toEqual([{ errorClass: `http_${status}`, isPartial: true }]);
    expect(found.devices).toEqual(['d-0', 'd-1', 'd-3', 'd-4']);
    expect(client.deviceCalls.map(({ deviceId }) => deviceId)).toEqual(['d-2', 'd-3', 'd-4']);
  });

  test('goes on at any position that it gave', async () => {
    for (const isRefused of [false, true]) {
      const client = stub();
      if (isRefused) client.fail({ operation: 'listCustomerDailyAggregates', with: 501, times: Infinity });
      const { seen } = await collect(read(client));
      for (const [index, { next }] of seen.entries()) {
        if (next === null) continue;
        const rest = await collect(read(client, { start: next }));
        expect(rest.devices).toEqual(seen.slice(index + 1).flatMap((one) => one.items.map(idOf)));
      }
      const last = await collect(read(client, { start: { level: 'device', after: 'd-3' } }));
      expect(last.devices).toEqual(['d-4']);
    }
  });

  test('delivers the other devices when one fails, and goes on before it', async () => {
    const client = stub();
    client.fail({ operation: 'getDeviceDailyAggregate', deviceId: 'd-1', with: 500, times: 1 });
    const found = await collect(read(client, { start: { level: 'device', after: null } }));
    expect(found.devices.toSorted()).toEqual(['d-0', 'd-3', 'd-4']);
    expect(found.failure).toMatchObject({ errorClass: 'http_500' });
    const next = found.seen.at(-1)?.next;
    expect(next).toEqual({ level: 'device', after: null });
    expect((await collect(read(client, { start: next! }))).devices.toSorted()).toEqual(items.map(idOf));
  });

  test('asks for a few devices at a time, and gives up when all of them fail', async () => {
    let running = 0;
    let most = 0;
    await using server = await startScriptedServer(async ({ path }, response) => {
      most = Math.max(most, (running += 1));
      await new Promise((resolve) => setTimeout(resolve, 5));
      running -= 1;
      if (path.includes('/customers/')) problem(response, 501);
      else problem(response, path.includes('/bad-') ? 400 : 404);
    });
    await using client = new ShardedOvisClient({ shards: [{ baseUrl: server.url, username: 'u', password: 'p' }] });
    const options = { client, shard: server.name, customerId: 'c-1', question, deviceIdOf: idOf, deviceRequests: 3 };
    const ids = (prefix: string) => () => Promise.resolve(Array.from({ length: 450 }, (_, n) => `${prefix}-${n}`));
    const silent = await collect(readDailyAggregates({ ...options, deviceIds: ids('d') }));
    expect(silent).toMatchObject({ silent: 450, failure: null, devices: [] });
    expect([silent.seen.length, most]).toEqual([3, 3]);
    const before = server.gets.length;
    const bad = await collect(readDailyAggregates({ ...options, deviceIds: ids('bad') }));
    expect(bad.failure).toMatchObject({ errorClass: 'http_400' });
    expect(server.gets.length - before).toBeLessThan(20);
  });

  test('ends with the reason of an aborted signal, at either level', async () => {
    for (const start of [undefined, { level: 'device', after: null } as const]) {
      const reason = new Error('enough');
      const found = await collect(read(stub(), { signal: AbortSignal.abort(reason), ...(start ? { start } : {}) }));
      expect(found.failure).toBe(reason);
    }
  });

  test('finds the truth of a fleet in which shards refuse, over real sockets', async () => {
    const now = '2026-11-23T03:00:00Z';
    await using fleet = await startSimulator({
      devices: 300,
      customers: 20,
      shards: 2,
      now,
      profile: 'untidy',
      rates: { aggregateRefusals: 0.5, brokenCustomers: 0 },
    });
    await using client = new ShardedOvisClient({ shards: fleet.shards, retryBaseDelayMs: 1, retryMaxDelayMs: 10 });
    let fallbacks = 0;
    for (const { customerId, shard } of fleet.truth.customers(new Date(now))) {
      const deviceIds = [...fleet.truth.devices(new Date(now), customerId)].map(({ deviceId }) => deviceId);
      for (const metric of METRICS.slice(0, 2)) {
        const asked = { metric, date: '2026-11-22' };
        const found = await collect(
          readDailyAggregates({
            client,
            shard,
            customerId,
            question: asked,
            deviceIds: () => Promise.resolve(deviceIds),
            deviceIdOf: idOf,
            onFallback: () => (fallbacks += 1),
          }),
        );
        const truth = [...fleet.truth.aggregates({ customerId, ...asked }, new Date(now))];
        expect(found.failure).toBeNull();
        expect([...new Set(found.devices)].toSorted()).toEqual(truth.map(({ deviceId }) => deviceId).toSorted());
      }
    }
    expect(fallbacks).toBeGreaterThan(5);
  });
});

describe('one device', () => {
  test('gives its aggregate, null for 404, and an error for what is no object', async () => {
    await using server = await startScriptedServer(({ path, query }, response) => {
      const [metric, date] = [query.get('metric'), query.get('date')];
      if (path === '/api/v1/devices/d%2F1/daily-aggregates') return json(response, { deviceId: 'd/1', metric, date });
      return problem(response, 404);
    });
    await using client = new ShardedOvisClient({ shards: [{ baseUrl: server.url, username: 'u', password: 'p' }] });
    const { name } = server;
    const answer = await client.getDeviceDailyAggregate(name, 'd/1', question);
    expect(answer).toEqual({ item: { deviceId: 'd/1', ...question }, bytes: expect.any(Number) });
    expect(await client.getDeviceDailyAggregate(name, 'd-3', question)).toBeNull();
    for (const [id, asked, errorClass] of [
      ['..', question, 'invalid_device_id'],
      ['d-1', { ...question, date: '2026-02-30' }, 'invalid_question'],
      ['d-1', { ...question, metric: 'noise' as 'rssi' }, 'invalid_question'],
    ] as const) {
      await expect(client.getDeviceDailyAggregate(name, id, asked)).rejects.toMatchObject({ errorClass });
    }
    await expect(client.getDeviceDailyAggregate('b:2', 'd-1', question)).rejects.toMatchObject({
      errorClass: 'unknown_shard',
    });
  });

  test('is no aggregate when the answer is a list', async () => {
    await using server = await startScriptedServer((_, response) => json(response, []));
    await using client = new ShardedOvisClient({ shards: [{ baseUrl: server.url, username: 'u', password: 'p' }] });
    await expect(client.getDeviceDailyAggregate(server.name, 'd-1', question)).rejects.toMatchObject({
      errorClass: 'invalid_aggregate',
      retryability: 'terminal',
    });
  });
});
