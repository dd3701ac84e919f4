import { describe, expect, test } from 'vitest';
import { TimeoutError } from '../errors.ts';
import { itemsOf, rejectionOf } from '../test-listing.ts';
import { StubbedOvisClient, type StubbedOvisClientOptions } from './stubbed-ovis-client.ts';

function stubOf(options: Partial<StubbedOvisClientOptions> = {}): StubbedOvisClient {
  return new StubbedOvisClient({
    shards: {
      'a:1': {
        customers: [{ customerId: 'c-1' }, { customerId: 'c-2' }],
        hierarchy: { 'c-1': [{ nodeId: 'n-1' }] },
        deviceStates: { 'c-1': [{ deviceId: 'd-1' }, { deviceId: 'd-2' }, { deviceId: 'd-3' }] },
      },
      'b:2': {},
    },
    ...options,
  });
}

describe(StubbedOvisClient, () => {
  test('lists what it was told, shard by shard', async () => {
    const client = stubOf();
    expect(client.shards).toEqual(['a:1', 'b:2']);
    expect(await itemsOf(client.listCustomers('a:1'))).toEqual([{ customerId: 'c-1' }, { customerId: 'c-2' }]);
    expect(await itemsOf(client.listHierarchy('a:1', 'c-1'))).toEqual([{ nodeId: 'n-1' }]);
    expect(await itemsOf(client.listCustomers('b:2'))).toEqual([]);
  });

  test('gives a customer that it knows of an empty page and another one 404', async () => {
    const client = stubOf();
    expect(await itemsOf(client.listDeviceStates('a:1', 'c-2'))).toEqual([]);
    expect(await rejectionOf(itemsOf(client.listDeviceStates('a:1', 'c-3')))).toMatchObject({
      errorClass: 'http_404',
      retryability: 'terminal',
    });
    expect(await rejectionOf(itemsOf(client.listDeviceStates('a:1', 'toString')))).toMatchObject({ status: 404 });
  });

  test('cuts pages of the asked size and resumes at a cursor', async () => {
    const client = stubOf({ pageSize: 1 });
    const cursors: (string | null)[] = [];
    for await (const { nextCursor } of client.listDeviceStates('a:1', 'c-1')) cursors.push(nextCursor);
    expect(cursors).toHaveLength(3);
    const resumed = client.listDeviceStates('a:1', 'c-1', { cursor: cursors[0] ?? null, pageSize: 10 });
    expect(await itemsOf(resumed)).toEqual([{ deviceId: 'd-2' }, { deviceId: 'd-3' }]);
  });

  test('refuses a cursor that it never gave out', async () => {
    const listing = stubOf().listCustomers('a:1', { cursor: 'elsewhere' });
    await expect(itemsOf(listing)).rejects.toMatchObject({ status: 400 });
  });

  test('gives exactly the pages that it was told, empty ones too', async () => {
    const client = stubOf();
    client.setPages('listDeviceStates', 'a:1', 'c-9', [[], [{ deviceId: 'd-9' }], []]);
    const sizes: number[] = [];
    for await (const { items } of client.listDeviceStates('a:1', 'c-9')) sizes.push(items.length);
    expect(sizes).toEqual([0, 1, 0]);
  });

  test('shares no object with the test', async () => {
    const deviceStates = { 'c-1': [{ deviceId: 'd-1', configuration: { childLock: true } }] };
    const client = new StubbedOvisClient({ shards: { a: { deviceStates } } });
    const [first] = (await itemsOf(client.listDeviceStates('a', 'c-1'))) as { configuration: { childLock: boolean } }[];
    if (first !== undefined) first.configuration.childLock = false;
    expect(await itemsOf(client.listDeviceStates('a', 'c-1'))).toEqual([
      { deviceId: 'd-1', configuration: { childLock: true } },
    ]);
  });

  test('fails as often as it was told, where it was told', async () => {
    const client = stubOf({ pageSize: 2 });
    client.fail({ operation: 'listDeviceStates', customerId: 'c-1', page: 2, with: 503 });
    expect(await itemsOf(client.listCustomers('a:1'))).toHaveLength(2);
    const seen: unknown[] = [];
    await expect(async () => {
      for await (const page of client.listDeviceStates('a:1', 'c-1')) seen.push(...page.items);
    }).rejects.toMatchObject({ errorClass: 'http_503', retryability: 'transient' });
    expect(seen).toHaveLength(2);
    expect(await itemsOf(client.listDeviceStates('a:1', 'c-1'))).toHaveLength(3);
  });

  test('fails with any error, for a whole shard, for ever', async () => {
    const client = stubOf();
    const error = new TimeoutError({ shard: 'a:1', operation: 'listCustomers', attempt: 5 }, 'headers', 30_000);
    client.fail({ shard: 'a:1', times: Infinity, with: error });
    for (const listing of [client.listCustomers('a:1'), client.listHierarchy('a:1', 'c-1')]) {
      expect(await rejectionOf(itemsOf(listing))).toBe(error);
    }
    expect(await itemsOf(client.listCustomers('b:2'))).toEqual([]);
  });

  test('notes what was asked, the page ahead too', async () => {
    const client = stubOf({ pageSize: 1 });
    for await (const _page of client.listDeviceStates('a:1', 'c-1')) break;
    const source = { operation: 'listDeviceStates', shard: 'a:1', customerId: 'c-1', pageSize: 1 };
    expect(client.calls).toEqual([
      { ...source, cursor: null },
      { ...source, cursor: 'stub-1' },
    ]);
  });

  test('tells events as the real client does', async () => {
    const told: string[] = [];
    const client = stubOf({ events: { onRequest: ({ operation }) => told.push(operation) } });
    client.fail({ operation: 'listHierarchy', with: 500 });
    await rejectionOf(
      itemsOf(client.listHierarchy('a:1', 'c-1', { events: { onFailure: ({ errorClass }) => told.push(errorClass) } })),
    );
    expect(told).toEqual(['listHierarchy', 'http_500']);
  });

  test('can be slow, and ended', async () => {
    const client = stubOf({ latencyMs: 60_000 });
    const listing = itemsOf(client.listCustomers('a:1', { signal: AbortSignal.timeout(10) }));
    await expect(listing).rejects.toMatchObject({ name: 'TimeoutError' });
    const running = rejectionOf(itemsOf(client.listCustomers('a:1')));
    await client.close();
    expect(await running).toMatchObject({ errorClass: 'client_closed' });
  });

  test('refuses unknown shards and impossible ids at once', () => {
    const client = stubOf();
    expect(() => client.listCustomers('c:3')).toThrow('no shard is named "c:3"; this client has: a:1, b:2');
    expect(() => client.listHierarchy('a:1', '..')).toThrow('relative path');
  });
});
