import { describe, expect, test } from 'vitest';
import { CANARY_DIGITS, CANARY_MARKS, CANARY_PREFIX } from '../documents/canary.ts';
import { startSimulator, type Simulator } from '../simulator.ts';
import { carefullyRead, isPersonal } from '../testing/careful-reader.ts';
import { readContract, type SchemaNode } from '../testing/contract.ts';
import { ShardCaller } from '../testing/shard-caller.ts';
import { METRICS } from '../world/daily-aggregate.ts';
import type { AggregateQuestion } from './truth.ts';

const NOW = new Date('2026-11-22T12:00:00Z');

type Items = Map<string, Record<string, unknown>>;

interface Fetched {
  readonly customers: Items;
  readonly devices: Items;
  readonly nodes: Items;
  /** Customers of which not every page could be read, however often it was asked for. */
  readonly unreadable: string[];
  readonly repeatedDevices: number;
}

function collect(into: Items, idField: string, items: readonly Record<string, unknown>[]): void {
  for (const item of items) into.set(String(item[idField]), item);
}

/** Reads everything that all shards give. */
async function fetchAll(simulator: Simulator): Promise<Fetched> {
  const fetched = { customers: new Map(), devices: new Map(), nodes: new Map(), unreadable: [] as string[] };
  let received = 0;
  for (const shard of simulator.shards) {
    const caller = new ShardCaller(shard);
    const customers = ((await caller.pages('/customers', 7)) ?? []).flatMap(({ items }) => items);
    collect(fetched.customers, 'customerId', customers);
    for (const id of customers.map(({ customerId }) => String(customerId))) {
      const states = await caller.pages(`/customers/${id}/device-states`, 20);
      const nodes = await caller.pages(`/customers/${id}/hierarchy`, 50);
      if (states === null || nodes === null) {
        fetched.unreadable.push(id);
        continue;
      }
      received += states.flatMap(({ items }) => items).length;
      collect(
        fetched.devices,
        'deviceId',
        states.flatMap(({ items }) => items),
      );
      collect(
        fetched.nodes,
        'nodeId',
        nodes.flatMap(({ items }) => items),
      );
    }
  }
  return { ...fetched, repeatedDevices: received - fetched.devices.size };
}

function byId<T>(items: Iterable<T>, id: (item: T) => string): Map<string, T> {
  return new Map(Array.from(items, (item) => [id(item), item]));
}

describe.each(['tidy', 'untidy'] as const)('a %s fleet', (profile) => {
  test('is what its truth says, read by the contract alone', async () => {
    await using simulator = await startSimulator({ devices: 2500, shards: 2, now: NOW, profile, retryAfterSeconds: 0 });
    const { truth } = simulator;
    const fetched = await fetchAll(simulator);
    const broken = truth.brokenCustomers(NOW).map(({ customerId }) => customerId);
    expect(fetched.unreadable.toSorted()).toEqual(broken.toSorted());
    expect(broken.length).toBe(profile === 'tidy' ? 0 : 1);

    for (const { customerId, expected } of truth.customers(NOW)) {
      expect(carefullyRead('Customer', fetched.customers.get(customerId))).toEqual(expected);
    }
    const devices = byId(
      [...truth.devices(NOW)].filter((device) => !device.broken),
      ({ deviceId }) => deviceId,
    );
    expect([...fetched.devices.keys()].toSorted()).toEqual([...devices.keys()].toSorted());
    for (const [id, { expected }] of devices) {
      expect(carefullyRead('DeviceState', fetched.devices.get(id))).toEqual(expected);
    }
    expect(fetched.repeatedDevices > 0).toBe(profile === 'untidy');
    const nodes = truth
      .customers(NOW)
      .flatMap((customer) => (customer.broken === null ? [...truth.nodes(customer.customerId, NOW)] : []));
    expect([...fetched.nodes.keys()].toSorted()).toEqual(nodes.map(({ nodeId }) => nodeId).toSorted());
    for (const node of nodes) {
      expect(carefullyRead('HierarchyNode', fetched.nodes.get(node.nodeId))).toEqual(node);
    }
    expect(truth.counts(NOW)).toMatchObject({ reachableDevices: fetched.devices.size, reachableNodes: nodes.length });
  });

  test('marks everything that the contract calls personal, and nothing else', async () => {
    await using simulator = await startSimulator({ devices: 400, shards: 1, now: NOW, profile, retryAfterSeconds: 0 });
    const fetched = await fetchAll(simulator);
    const schemas = readContract().components.schemas;
    const check = (entity: string, items: Items): void => {
      for (const item of items.values()) expect(unmarked(schemas[entity] ?? {}, item, entity)).toEqual([]);
    };
    check('Customer', fetched.customers);
    check('HierarchyNode', fetched.nodes);
    check('DeviceState', fetched.devices);
    const truth = JSON.stringify([...simulator.truth.devices(NOW), ...simulator.truth.customers(NOW)]);
    expect(CANARY_MARKS.filter((mark) => truth.includes(mark))).toEqual([]);
  });
});

/** The paths of personal values that carry no canary. */
function unmarked(schema: SchemaNode, value: unknown, path: string, inherited = false): string[] {
  const personal = inherited || isPersonal(schema);
  if (schema.properties !== undefined) {
    if (typeof value !== 'object' || value === null) return [];
    const holder = value as Record<string, unknown>;
    return Object.entries(schema.properties).flatMap(([name, field]) =>
      name in holder ? unmarked(field, holder[name], `${path}.${name}`, personal) : [],
    );
  }
  const marked = String(value).includes(CANARY_PREFIX) || String(value).includes(CANARY_DIGITS);
  return personal && !marked ? [path] : [];
}

/** A customer's aggregates as a careful reader keeps them; null when not every page can be read. */
async function listAggregates(caller: ShardCaller, question: AggregateQuestion): Promise<Map<string, unknown> | null> {
  const { customerId, metric, date } = question;
  const pages = await caller.pages(`/customers/${customerId}/daily-aggregates?metric=${metric}&date=${date}`, 30);
  const items = pages?.flatMap((page) => page.items);
  if (items === undefined) return null;
  return new Map(items.map((item) => [String(item['deviceId']), carefullyRead('DailyAggregate', item)]));
}

/** One device's aggregate; null when it reported nothing. */
async function askAggregate(caller: ShardCaller, deviceId: string, question: AggregateQuestion): Promise<unknown> {
  const path = `/devices/${deviceId}/daily-aggregates?metric=${question.metric}&date=${question.date}`;
  const received = await caller.getPatiently(path, () => {}, 4);
  return received === null ? null : carefullyRead('DailyAggregate', JSON.parse(received.text));
}

describe('daily aggregates', () => {
  test('are what the truth says, at customer level and device by device', async () => {
    await using simulator = await startSimulator({
      devices: 300,
      shards: 1,
      now: NOW,
      profile: 'untidy',
      retryAfterSeconds: 0,
    });
    const { truth } = simulator;
    const [shard] = simulator.shards;
    const caller = new ShardCaller(shard ?? { name: '', baseUrl: '', username: '', password: '' });
    const seen = { listed: 0, refused: 0, silent: 0 };
    for (const { customerId, broken } of truth.customers(NOW)) {
      for (const metric of METRICS) {
        const question = { customerId, metric, date: '2026-11-21' };
        const expected = byId(truth.aggregates(question, NOW), ({ deviceId }) => deviceId);
        const refused = broken !== null || truth.aggregateRefusal(question) !== null;
        const listed = await listAggregates(caller, question);
        // A refusal after the first page is none when there is but one page.
        expect(listed !== null || refused).toBe(true);
        expect(new Set((listed ?? expected).keys())).toEqual(new Set(expected.keys()));
        for (const [deviceId, item] of listed ?? []) expect(item).toEqual(expected.get(deviceId));

        const devices = [...truth.devices(NOW, customerId)].map(({ deviceId }) => deviceId);
        const silent = devices.filter((deviceId) => !expected.has(deviceId)).slice(0, 2);
        for (const deviceId of [...devices.slice(0, 2), ...silent]) {
          expect(await askAggregate(caller, deviceId, question)).toEqual(expected.get(deviceId) ?? null);
        }
        seen.silent += silent.length;
        seen[listed === null ? 'refused' : 'listed']++;
      }
    }
    expect(Math.min(seen.listed, seen.refused, seen.silent)).toBeGreaterThan(0);
  });

  test('grow when devices send what they held back', async () => {
    await using simulator = await startSimulator({ devices: 3000, shards: 1, now: NOW });
    const { truth } = simulator;
    const [customer] = truth.customers(NOW).toSorted((a, b) => b.devices - a.devices);
    const question = { customerId: customer?.customerId ?? '', metric: 'temperature', date: '2026-11-19' } as const;
    const samples = (at: string): number =>
      [...truth.aggregates(question, new Date(at))].reduce((sum, { sampleCount }) => sum + (sampleCount ?? 0), 0);
    const [early, late, last] = [
      samples('2026-11-20T03:00:00Z'),
      samples('2026-11-21T03:00:00Z'),
      samples('2026-12-20T03:00:00Z'),
    ];
    expect(early).toBeGreaterThan(0);
    expect(late).toBeGreaterThan(early);
    expect(last).toBeGreaterThanOrEqual(late);
  });
});
