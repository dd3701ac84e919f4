import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { OvisClient } from './client.ts';
import { page, problem, startScriptedServer } from './scripted-server.ts';
import { ShardedOvisClient } from './sharded-ovis-client.ts';
import { itemsOf } from './test-listing.ts';
import { StubbedOvisClient } from './testing/index.ts';

/** A client of one shard with customer c-1, who has five devices, and c-2, who has none. */
interface Subject extends AsyncDisposable {
  readonly client: OvisClient;
  readonly shard: string;
  /** Pages asked for so far. */
  asked(): number;
}

const DEVICES = [0, 1, 2, 3, 4].map((number) => ({ deviceId: `d-${number}` }));

async function overHttp(): Promise<Subject> {
  const server = await startScriptedServer(({ path, query }, response) => {
    const start = Number(query.get('cursor') ?? 0);
    const end = start + Number(query.get('limit'));
    if (!Number.isInteger(start)) return problem(response, 400);
    if (path.endsWith('/c-1/device-states')) {
      return page(response, DEVICES.slice(start, end), end < DEVICES.length ? String(end) : null);
    }
    return path.endsWith('/c-2/device-states') ? page(response, []) : problem(response, 404);
  });
  const client = new ShardedOvisClient({ shards: [{ baseUrl: server.url, username: 'ovis', password: 'secret' }] });
  return {
    client,
    shard: server.name,
    asked: () => server.gets.length,
    [Symbol.asyncDispose]: async () => {
      await client.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

async function inMemory(): Promise<Subject> {
  const client = new StubbedOvisClient({ shards: { 'a:1': { deviceStates: { 'c-1': DEVICES, 'c-2': [] } } } });
  return { client, shard: 'a:1', asked: () => client.calls.length, [Symbol.asyncDispose]: () => client.close() };
}

describe.each([
  ['ShardedOvisClient', overHttp],
  ['StubbedOvisClient', inMemory],
])('every OvisClient: %s', (_name, make) => {
  test('lists pages of at most the asked size, in order, to the end', async () => {
    await using subject = await make();
    const sizes: number[] = [];
    const items: unknown[] = [];
    for await (const page of subject.client.listDeviceStates(subject.shard, 'c-1', { pageSize: 2 })) {
      sizes.push(page.items.length);
      items.push(...page.items);
    }
    expect(sizes).toEqual([2, 2, 1]);
    expect(items).toEqual(DEVICES);
  });

  test('resumes at the cursor of any page', async () => {
    await using subject = await make();
    const { client, shard } = subject;
    let seen = 0;
    for await (const page of client.listDeviceStates(shard, 'c-1', { pageSize: 2 })) {
      seen += page.items.length;
      if (page.nextCursor === null) break;
      expect(await itemsOf(client.listDeviceStates(shard, 'c-1', { cursor: page.nextCursor }))).toEqual(
        DEVICES.slice(seen),
      );
    }
  });

  test('asks for one page ahead and no further', async () => {
    await using subject = await make();
    let worked = 0;
    for await (const _page of subject.client.listDeviceStates(subject.shard, 'c-1', { pageSize: 1 })) {
      worked++;
      await expect.poll(() => subject.asked()).toBe(Math.min(5, worked + 1));
      await delay(10);
      expect(subject.asked()).toBe(Math.min(5, worked + 1));
    }
    expect(worked).toBe(5);
  });

  test('gives an empty page for a customer without devices, and http_404 for one that does not exist', async () => {
    await using subject = await make();
    const { client, shard } = subject;
    expect(await itemsOf(client.listDeviceStates(shard, 'c-2'))).toEqual([]);
    await expect(itemsOf(client.listDeviceStates(shard, 'c-3'))).rejects.toMatchObject({
      errorClass: 'http_404',
      shard,
    });
  });

  test('refuses a cursor of elsewhere with http_400, and what is no cursor at the call', async () => {
    await using subject = await make();
    const { client, shard } = subject;
    await expect(itemsOf(client.listDeviceStates(shard, 'c-1', { cursor: 'else' }))).rejects.toMatchObject({
      errorClass: 'http_400',
    });
    for (const cursor of ['', '\ud800', 'x'.repeat(4097)]) {
      expect(() => client.listDeviceStates(shard, 'c-1', { cursor })).toThrow(
        expect.objectContaining({ errorClass: 'settings' }),
      );
    }
  });

  test('ends with the reason of an aborted signal', async () => {
    await using subject = await make();
    const controller = new AbortController();
    const reason = new Error('enough');
    await expect(async () => {
      const listing = subject.client.listDeviceStates(subject.shard, 'c-1', { pageSize: 1, signal: controller.signal });
      for await (const _page of listing) controller.abort(reason);
    }).rejects.toBe(reason);
  });

  test('throws at the call for what cannot be asked', async () => {
    await using subject = await make();
    const { client, shard } = subject;
    expect(() => client.listCustomers('b:2')).toThrow(expect.objectContaining({ errorClass: 'unknown_shard' }));
    expect(() => client.listHierarchy(shard, '..')).toThrow(
      expect.objectContaining({ errorClass: 'invalid_customer_id' }),
    );
    expect(() => client.listCustomers(shard, { pageSize: 1001 })).toThrow(
      expect.objectContaining({ errorClass: 'settings' }),
    );
  });

  test('refuses what follows close()', async () => {
    await using subject = await make();
    await subject.client.close();
    const listing = subject.client.listDeviceStates(subject.shard, 'c-1');
    await expect(itemsOf(listing)).rejects.toMatchObject({ errorClass: 'client_closed' });
  });
});
