import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assignShards, customerSizes } from './customer-sizes.ts';
import { customerId, deviceId, parseCustomerId, parseDeviceId } from './ids.ts';
import { deviceSite } from './roster.ts';
import { DAY, isoDay, isoTime, parseDay } from './time.ts';
import { createWorld, type World } from './world.ts';

const NOON = Date.parse('2026-11-22T12:00:00Z') / 1000;

describe(customerSizes, () => {
  test('spreads exactly the devices, at least one a customer', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.nat(20_000), fc.nat(), (customers, more, key) => {
        const sizes = customerSizes(customers + more, customers, key);
        expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(customers + more);
        expect(Math.min(...sizes)).toBeGreaterThanOrEqual(1);
      }),
    );
  });

  test('makes a few customers with thousands and many with few', () => {
    const sizes = [...customerSizes(100_000, 1538, 7)].toSorted((a, b) => b - a);
    expect(sizes[0]).toBeGreaterThan(3000);
    expect(sizes.filter((size) => size >= 1000).length).toBeLessThan(25);
    expect(sizes.filter((size) => size < 50).length).toBeGreaterThan(1538 / 2);
  });
});

describe(assignShards, () => {
  test('loads shards about equally', () => {
    const sizes = customerSizes(100_000, 1538, 7);
    const load = new Map<number, number>();
    assignShards(sizes, 5).forEach((shard, slot) => load.set(shard, (load.get(shard) ?? 0) + (sizes[slot] ?? 0)));
    for (const devices of load.values()) expect(Math.abs(devices - 20_000)).toBeLessThan(20);
  });
});

/** Customers that are listed anywhere, with their devices, by brute force. */
function devicesOf(world: World, time: number): Map<number, number[]> {
  const owners = new Map<number, number[]>();
  for (let shard = 0; shard < world.options.shards; shard++) {
    for (const { customer, thermostatCount } of world.customersOfShard(shard, time)) {
      expect(owners.has(customer)).toBe(false);
      owners.set(
        customer,
        Array.from({ length: thermostatCount }, (_, local) => world.siteOf(customer, local).device),
      );
    }
  }
  return owners;
}

describe('a roster', () => {
  const world = createWorld({ devices: 1200, customers: 30, shards: 3, seed: 'roster' });

  test('gives each device to one customer on one shard, at any time', () => {
    fc.assert(
      fc.property(fc.integer({ min: NOON - 2000 * DAY, max: NOON + 2000 * DAY }), (time) => {
        const owners = devicesOf(world, time);
        const devices = [...owners.values()].flat();
        expect(new Set(devices).size).toBe(devices.length);
        expect(devices.length).toBeGreaterThan(0.8 * 1200);
        for (const [customer, numbers] of owners) {
          for (const device of numbers) {
            expect(deviceSite(world.roster, device)).toEqual(world.site(device, time));
            expect(world.site(device, time)).toMatchObject({ customer, device });
          }
        }
      }),
      { numRuns: 20 },
    );
  });

  test('lets customers join and leave, and forgets those who left', () => {
    const owners = devicesOf(world, NOON);
    const later = devicesOf(world, NOON + 400 * DAY);
    const joined = [...later.keys()].filter((customer) => !owners.has(customer));
    const forgotten = [...owners.keys()].filter((customer) => !later.has(customer));
    expect(joined.length).toBeGreaterThan(0);
    expect(forgotten.length).toBeGreaterThan(0);
    const [customer = 0] = joined;
    const createdAt = world.customer(customer, NOON + 400 * DAY)?.createdAt ?? 0;
    expect(world.customer(customer, createdAt - 1)).toBeNull();
    expect(world.customer(customer, createdAt)?.status).not.toBe('churned');
  });

  test('lists a customer that left as churned and without devices for 90 days', () => {
    const churned = Array.from({ length: 40 }, (_, step) => NOON + step * 30 * DAY)
      .flatMap((time) =>
        [0, 1, 2].flatMap((shard) => world.customersOfShard(shard, time).map((customer) => ({ customer, time }))),
      )
      .find(({ customer }) => customer.status === 'churned');
    expect(churned?.customer.thermostatCount).toBe(0);
    expect(world.customer(churned?.customer.customer ?? 0, (churned?.time ?? 0) + 91 * DAY)).toBeNull();
  });

  test('never takes a device away while its customer stays, and installs in order', () => {
    const [customer] = world.customersOfShard(0, NOON);
    const { createdAt = 0, customer: number = 0 } = customer ?? {};
    let before = 0;
    for (let day = 0; day < 30; day++) {
      const count = world.deviceCount(number, createdAt + day * DAY);
      expect(count).toBeGreaterThanOrEqual(Math.max(1, before));
      const lastSite = world.siteOf(number, count - 1);
      expect(lastSite.installedAt).toBeLessThanOrEqual(createdAt + day * DAY);
      before = count;
    }
  });
});

describe('a hierarchy', () => {
  test('holds exactly the devices of the customer, each below a room, a floor and a building', () => {
    const world = createWorld({ devices: 1200, customers: 30, shards: 3, seed: 'tree' });
    let forward = 0;
    for (const [customer, devices] of devicesOf(world, NOON)) {
      const hierarchy = world.hierarchy(customer, NOON);
      const nodes = Array.from({ length: hierarchy.length }, (_, place) => hierarchy.node(place));
      const placeOf = new Map(nodes.map(({ nodeId }, place) => [nodeId, place]));
      expect(placeOf.size).toBe(nodes.length);
      expect(nodes.flatMap(({ device }) => device ?? []).toSorted((a, b) => a - b)).toEqual(devices);
      const above = { thermostat: 'room', room: 'floor', floor: 'building', building: undefined };
      nodes.forEach((node, place) => {
        const parentPlace = node.parentId === null ? undefined : placeOf.get(node.parentId);
        expect(parentPlace === undefined ? undefined : nodes[parentPlace]?.kind).toBe(above[node.kind]);
        if ((parentPlace ?? 0) > place) forward++;
      });
    }
    expect(forward).toBeGreaterThan(100);
  });
});

describe('ids and times', () => {
  test('have one spelling', () => {
    expect([customerId(417), deviceId(12345)]).toEqual(['c-000417', 'd-00012345']);
    fc.assert(
      fc.property(fc.nat(20_000_000), (n) => {
        expect(parseCustomerId(customerId(n))).toBe(n);
        expect(parseDeviceId(deviceId(n))).toBe(n);
      }),
    );
    expect(['c-0000417', 'c-417', 'C-000417', 'd-000417', ''].map(parseCustomerId)).toEqual([
      null,
      null,
      null,
      null,
      null,
    ]);
  });

  test('are written as Date writes them', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_102_444_799 }), (seconds) => {
        expect(isoTime(seconds)).toBe(new Date(seconds * 1000).toISOString().replace('.000Z', 'Z'));
        expect(parseDay(isoDay(seconds))).toBe(seconds - (seconds % DAY));
      }),
    );
    expect(['2026-02-30', '2026-2-3', 'today', ''].map(parseDay)).toEqual([null, null, null, null]);
  });
});
