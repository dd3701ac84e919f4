import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startSimulator, type Simulator } from '../simulator.ts';

const NOW = '2026-11-22T12:00:00Z';
let simulator: Simulator;

beforeAll(async () => {
  simulator = await startSimulator({ devices: 1200, shards: 2, now: NOW, profile: 'untidy' });
});
afterAll(() => simulator.close());

async function ask(path: string, init: RequestInit = {}): Promise<{ status: number; lines: unknown[] }> {
  const response = await fetch(`${simulator.control.url}${path}`, init);
  const text = (await response.text()).trim();
  return {
    status: response.status,
    lines: text === '' ? [] : text.split('\n').map((line): unknown => JSON.parse(line)),
  };
}

/** What is left of a value once it was sent. */
function sent(values: Iterable<unknown>): unknown {
  return JSON.parse(JSON.stringify([...values]));
}

describe('the control server', () => {
  const at = new Date('2026-11-20T00:00:00Z');
  const query = `at=${at.toISOString()}`;

  test('tells the same truth as the library', async () => {
    const { truth } = simulator;
    const [customer] = truth.customers(at);
    const id = customer?.customerId ?? '';
    const question = { customerId: id, metric: 'rssi', date: '2026-11-19' } as const;
    expect((await ask(`/truth/counts?${query}`)).lines).toEqual([truth.counts(at)]);
    expect((await ask(`/truth/customers?${query}`)).lines).toEqual(truth.customers(at));
    expect((await ask(`/truth/broken?${query}`)).lines).toEqual(truth.brokenCustomers(at));
    expect((await ask(`/truth/devices?${query}`)).lines).toEqual(sent(truth.devices(at)));
    expect((await ask(`/truth/devices?${query}&customerId=${id}`)).lines).toEqual(sent(truth.devices(at, id)));
    expect((await ask(`/truth/nodes?${query}&customerId=${id}`)).lines).toEqual(sent(truth.nodes(id, at)));
    expect((await ask(`/truth/aggregates?${query}&customerId=${id}&metric=rssi&date=2026-11-19`)).lines).toEqual(
      sent(truth.aggregates(question, at)),
    );
    const changes = `/truth/changes?from=${at.toISOString()}&to=${NOW}`;
    expect((await ask(changes)).lines).toEqual(sent(truth.changes(at, new Date(NOW))));
    const device = simulator.truth.devices(new Date(NOW)).next().value?.deviceId ?? '';
    expect((await ask(`${changes}&deviceId=${device}`)).lines).toEqual([
      truth.deviceChanges(device, at, new Date(NOW)),
    ]);
  });

  test('tells at the simulated time when not asked otherwise', async () => {
    expect((await ask('/truth/counts')).lines).toEqual([simulator.truth.counts(new Date(NOW))]);
  });

  test('sets the time for all shards', async () => {
    const set = (body: unknown): ReturnType<typeof ask> => ask('/time', { method: 'PUT', body: JSON.stringify(body) });
    expect((await set({ now: '2026-12-01T00:00:00Z' })).lines).toEqual([
      { now: '2026-12-01T00:00:00.000Z', running: false },
    ]);
    expect(simulator.now()).toEqual(new Date('2026-12-01T00:00:00Z'));
    expect((await set({ now: '2026-12-01T00:00:00Z', running: true })).lines).toMatchObject([{ running: true }]);
    expect((await set({ now: NOW })).status).toBe(200);
    expect((await ask('/time')).lines).toEqual([{ now: '2026-11-22T12:00:00.000Z', running: false }]);
    expect((await set({ now: '1999-01-01' })).status).toBe(400);
    expect((await set({})).status).toBe(400);
  });

  test('tells and resets what the shards were asked', async () => {
    await fetch(`${simulator.shards[1]?.baseUrl}/api/v1/customers`);
    expect((await ask('/requests')).lines).toEqual([simulator.requests]);
    expect(simulator.requests.map(({ total }) => total)).toEqual([0, 1]);
    await ask('/requests', { method: 'DELETE' });
    expect(simulator.requests.map(({ total }) => total)).toEqual([0, 0]);
  });

  test('tells the releases and the canaries', async () => {
    expect((await ask('/truth/canaries')).lines).toEqual([['pii-canary-', '713027135']]);
    const { lines } = await ask('/truth/firmware?at=2026-11-22T00:00:00Z');
    expect(lines.at(-1)).toEqual({ version: '5.12.0', releasedAt: '2026-09-14T12:36:08Z' });
  });

  test.each([
    ['/truth/devices?at=yesterday', 400, 'at is not a time'],
    ['/truth/nodes', 400, 'customerId is missing'],
    ['/truth/nodes?customerId=nobody', 400, 'customerId must look like c-000417'],
    ['/truth/aggregates?customerId=c-000001&metric=noise', 400, 'metric must be one of'],
    ['/truth/changes', 400, 'from is not a time'],
    ['/elsewhere', 404, 'there is no GET /elsewhere'],
  ])('says what is wrong with %s', async (path, status, message) => {
    const answer = await ask(path);
    expect(answer).toMatchObject({ status, lines: [{ error: expect.stringContaining(message) as unknown }] });
  });
});
