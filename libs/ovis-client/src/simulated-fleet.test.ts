import { startSimulator, type Simulator, type SimulatorOptions } from '@ovis/fleet-simulator';
import { describe, expect, test } from 'vitest';
import type { OvisClient } from './client.ts';
import { OvisClientError } from './errors.ts';
import type { ShardedOvisClientOptions } from './options.ts';
import { ShardedOvisClient } from './sharded-ovis-client.ts';
import { itemsOf } from './test-listing.ts';

const NOW = '2026-11-22T12:00:00Z';

function startFleet(options: Partial<SimulatorOptions> = {}): Promise<Simulator> {
  return startSimulator({ devices: 600, customers: 40, shards: 3, now: NOW, ...options });
}

function clientOf(fleet: Simulator, options: Partial<ShardedOvisClientOptions> = {}): ShardedOvisClient {
  return new ShardedOvisClient({ shards: fleet.shards, retryBaseDelayMs: 1, retryMaxDelayMs: 20, ...options });
}

/** What a pull of everything finds. */
interface Pulled {
  readonly customers: Set<string>;
  readonly devices: Set<string>;
  /** Error class by customer. */
  readonly failed: Map<string, string>;
}

async function pullAll(client: OvisClient, pageSize: number): Promise<Pulled> {
  const pulled: Pulled = { customers: new Set(), devices: new Set(), failed: new Map() };
  const pullCustomer = async (shard: string, customerId: string): Promise<void> => {
    pulled.customers.add(customerId);
    try {
      const states = (await itemsOf(client.listDeviceStates(shard, customerId, { pageSize }))) as {
        deviceId: string;
      }[];
      for (const { deviceId } of states) pulled.devices.add(deviceId);
    } catch (error) {
      if (!(error instanceof OvisClientError)) throw error;
      pulled.failed.set(customerId, error.errorClass);
    }
  };
  await Promise.all(
    client.shards.map(async (shard) => {
      const customers = (await itemsOf(client.listCustomers(shard, { pageSize }))) as { customerId: string }[];
      await Promise.all(customers.map(({ customerId }) => pullCustomer(shard, customerId)));
    }),
  );
  return pulled;
}

describe('against a simulated fleet', () => {
  test('finds every customer and device of every shard with one login each', async () => {
    await using fleet = await startFleet();
    await using client = clientOf(fleet, { maxRequestsPerShard: 4 });
    const pulled = await pullAll(client, 50);
    const truth = [...fleet.truth.devices(new Date(NOW))].map(({ deviceId }) => deviceId);
    expect(pulled.failed.size).toBe(0);
    expect([...pulled.devices].toSorted()).toEqual(truth.toSorted());
    expect(fleet.requests.map(({ logins }) => logins)).toEqual([1, 1, 1]);
    expect(Math.max(...fleet.requests.map(({ maxConcurrent }) => maxConcurrent))).toBeLessThanOrEqual(4);
  });

  test('finds the same when the shards are untidy, but for the customers that are broken', async () => {
    await using fleet = await startFleet({ profile: 'untidy', retryAfterSeconds: 0 });
    const classes = new Set<string>();
    await using client = clientOf(fleet, { events: { onRetry: ({ errorClass }) => classes.add(errorClass) } });
    const pulled = await pullAll(client, 20);
    const at = new Date(NOW);
    const broken = fleet.truth.brokenCustomers(at).map(({ customerId }) => customerId);
    expect([...pulled.failed.keys()].toSorted()).toEqual(broken.toSorted());
    const reachable = [...fleet.truth.devices(at)].filter((device) => !device.broken).map(({ deviceId }) => deviceId);
    expect(reachable.filter((deviceId) => !pulled.devices.has(deviceId))).toEqual([]);
    expect(classes.size).toBeGreaterThan(1);
  });

  test('names what each kind of broken customer fails with', async () => {
    await using fleet = await startFleet({ rates: { brokenCustomers: 0.2 } });
    await using client = clientOf(fleet, { maxAttempts: 2 });
    const { failed } = await pullAll(client, 1000);
    const byKind = fleet.truth
      .brokenCustomers(new Date(NOW))
      .map(({ customerId, broken }) => `${broken} → ${failed.get(customerId)}`);
    expect([...new Set(byKind)].toSorted()).toEqual([
      'bad-gateway → http_502',
      'cut → truncated_body',
      'invalid-json → invalid_json',
      'server-error → http_500',
    ]);
  });

  test('loses one shard to wrong credentials and reads the others', async () => {
    await using fleet = await startFleet();
    const shards = fleet.shards.map((shard, index) => (index === 0 ? { ...shard, password: 'wrong' } : shard));
    await using client = clientOf(fleet, { shards });
    const results = await Promise.allSettled(client.shards.map((shard) => itemsOf(client.listCustomers(shard))));
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
    expect(results[0]).toMatchObject({ reason: { errorClass: 'wrong_credentials', shard: client.shards[0] } });
  });

  test('lives through tokens that expire again and again', async () => {
    await using fleet = await startFleet({ tokenLifetimeSeconds: 1, latencyMs: 40 });
    await using client = clientOf(fleet, { maxRequestsPerShard: 2 });
    const pulled = await pullAll(client, 5);
    expect(pulled.failed.size).toBe(0);
    expect(pulled.devices.size).toBe(fleet.truth.counts(new Date(NOW)).devices);
    expect(Math.max(...fleet.requests.map(({ logins }) => logins))).toBeGreaterThan(1);
  });
});
