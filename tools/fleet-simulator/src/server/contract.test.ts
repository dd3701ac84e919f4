import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startSimulator, type SimulatedShard, type Simulator } from '../simulator.ts';
import { contractChecker, type ContractChecker } from '../testing/contract.ts';
import { ShardCaller, type Received } from '../testing/shard-caller.ts';
import { METRICS } from '../world/daily-aggregate.ts';

const NOW = '2026-11-22T12:00:00Z';
const YESTERDAY = '2026-11-21';

function firstShard(simulator: Simulator): SimulatedShard {
  const [shard] = simulator.shards;
  if (shard === undefined) throw new Error('the simulator has no shard');
  return shard;
}

/** The problems of a response: its schema, and that an error is a problem document. */
function problemsOf(checker: ContractChecker, operation: string, received: Received | null): string[] {
  if (received === null) return [`${operation}: the connection was cut`];
  if (received.status !== 200 && received.contentType !== 'application/problem+json') {
    return [`${operation}: ${received.status} is ${received.contentType}`];
  }
  return checker.problems(operation, received.status, received.contentType, JSON.parse(received.text));
}

test('the check itself finds what is wrong', () => {
  const page = { items: [{ deviceId: 'd-00000001', uptime: '7', nickname: 'x' }], nextCursor: null };
  const problems = (strictness: 'strict' | 'untidy'): string[] =>
    contractChecker(strictness).problems('listDeviceStates', 200, 'application/json', page);
  expect(problems('strict')).toEqual([
    'listDeviceStates /items/0 must NOT have additional properties',
    'listDeviceStates /items/0/uptime must be integer',
  ]);
  expect(problems('untidy')).toEqual([]);
});

describe('the tidy profile', () => {
  const checker = contractChecker('strict');
  let simulator: Simulator;
  let caller: ShardCaller;
  let customer: string;
  let device: string;

  beforeAll(async () => {
    simulator = await startSimulator({ devices: 3000, shards: 2, now: NOW });
    caller = new ShardCaller(firstShard(simulator));
    const customers = simulator.truth.customers(new Date(NOW)).filter(({ shard }) => shard === caller.shard.name);
    customer = customers.reduce((a, b) => (a.devices >= b.devices ? a : b)).customerId;
    device = simulator.truth.devices(new Date(NOW), customer).next().value?.deviceId ?? '';
  });
  afterAll(() => simulator.close());

  test('logs in to the letter', async () => {
    expect(problemsOf(checker, 'login', await caller.login())).toEqual([]);
  });

  test.each([
    ['listCustomers', () => '/customers'],
    ['listHierarchy', () => `/customers/${customer}/hierarchy`],
    ['listDeviceStates', () => `/customers/${customer}/device-states`],
    ...METRICS.map((metric): [string, () => string] => [
      'listCustomerDailyAggregates',
      () => `/customers/${customer}/daily-aggregates?metric=${metric}&date=${YESTERDAY}`,
    ]),
  ])('answers every page of %s to the letter', async (operation, path) => {
    const problems: string[] = [];
    const pages = await caller.pages(path(), 100, (received) =>
      problems.push(...problemsOf(checker, operation, received)),
    );
    expect(problems).toEqual([]);
    expect(pages?.flatMap(({ items }) => items).length).toBeGreaterThan(5);
  });

  test.each(METRICS)('answers the %s of one device to the letter', async (metric) => {
    const received = await caller.get(`/devices/${device}/daily-aggregates?metric=${metric}&date=${YESTERDAY}`);
    expect(received?.status).toBe(200);
    expect(problemsOf(checker, 'getDeviceDailyAggregate', received)).toEqual([]);
  });

  test.each([
    [400, () => '/customers?limit=0'],
    [400, () => '/customers?limit=1001'],
    [400, () => '/customers?limit=ten'],
    [400, () => '/customers?cursor=nonsense'],
    [400, () => `/customers/${customer}/daily-aggregates?metric=noise&date=${YESTERDAY}`],
    [400, () => `/customers/${customer}/daily-aggregates?metric=rssi&date=2026-02-30`],
    [400, () => `/customers/${customer}/daily-aggregates?date=${YESTERDAY}`],
    [400, () => '/customers/%zz/hierarchy'],
    [404, () => '/customers/c-000999/hierarchy'],
    [404, () => '/customers/..%2f..%00/device-states'],
    [404, () => `/devices/d-99999999/daily-aggregates?metric=rssi&date=${YESTERDAY}`],
    [404, () => `/devices/${device}/daily-aggregates?metric=rssi&date=2031-01-01`],
    [404, () => '/nothing'],
  ])('answers %i with a problem document', async (status, path) => {
    const received = await caller.get(path());
    expect(received?.status).toBe(status);
    expect(problemsOf(checker, 'problem', received)).toEqual([]);
  });

  test('sends the same listing for a cursor although time has gone on', async () => {
    const before = await caller.pages(`/customers/${customer}/device-states`, 50);
    const first = await caller.get(`/customers/${customer}/device-states?limit=50`);
    simulator.setTime('2026-11-24T00:00:00Z');
    const { nextCursor } = JSON.parse(first?.text ?? '{}') as { nextCursor: string };
    const second = await caller.get(`/customers/${customer}/device-states?limit=50&cursor=${nextCursor}`);
    simulator.setTime(NOW);
    expect(JSON.parse(second?.text ?? '{}')).toEqual(before?.[1]);
  });

  test('refuses a cursor of another listing', async () => {
    const first = await caller.get(`/customers/${customer}/device-states?limit=5`);
    const { nextCursor } = JSON.parse(first?.text ?? '{}') as { nextCursor: string };
    expect((await caller.get(`/customers/${customer}/hierarchy?cursor=${nextCursor}`))?.status).toBe(400);
  });
});

describe('the untidy profile', () => {
  /** Everything but wrong types, which no schema could allow and still check anything. */
  async function everyResponse(simulator: Simulator): Promise<{ operation: string; received: Received }[]> {
    const all: { operation: string; received: Received }[] = [];
    const note = (operation: string) => (received: Received) => void all.push({ operation, received });
    for (const shard of simulator.shards) {
      const caller = new ShardCaller(shard);
      const customers = (await caller.pages('/customers', 5, note('listCustomers'))) ?? [];
      for (const id of customers.flatMap(({ items }) => items.map(({ customerId }) => String(customerId)))) {
        await caller.pages(`/customers/${id}/hierarchy`, 40, note('listHierarchy'));
        await caller.pages(`/customers/${id}/device-states`, 40, note('listDeviceStates'));
        const aggregates = `/customers/${id}/daily-aggregates?metric=rssi&date=${YESTERDAY}`;
        await caller.pages(aggregates, 40, note('listCustomerDailyAggregates'));
      }
    }
    return all;
  }

  test('keeps to the contract but for what its description warns of', async () => {
    await using simulator = await startSimulator({
      devices: 1500,
      shards: 2,
      now: NOW,
      profile: 'untidy',
      rates: { wrongTypes: 0, brokenCustomers: 0.2 },
      retryAfterSeconds: 0,
    });
    const checker = contractChecker('untidy');
    const responses = await everyResponse(simulator);
    const readable = responses.filter(({ received }) => received.contentType !== 'text/html');
    const problems = readable.flatMap(({ operation, received }) => {
      try {
        return problemsOf(checker, operation, received);
      } catch {
        return [`${operation}: invalid JSON`];
      }
    });
    // A broken customer's last page is never valid JSON.
    expect(problems.filter((problem) => !problem.endsWith('invalid JSON'))).toEqual([]);
    const statuses = new Set(responses.map(({ received }) => received.status));
    expect([...statuses]).toEqual(expect.arrayContaining([200, 401, 429, 500, 502, 503, 504]));
  });
});
