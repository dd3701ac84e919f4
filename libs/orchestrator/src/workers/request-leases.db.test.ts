import { setTimeout as sleep } from 'node:timers/promises';
import { createTestDatabase, type TestDatabase } from '@ovis/dev-stack/testing';
import { createPool } from '@ovis/warehouse';
import fc from 'fast-check';
import type { Pool } from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Presence } from './presence.ts';
import { RequestLeases, shareOf } from './request-leases.ts';

const world = fc.record({ slots: fc.integer({ min: 1, max: 64 }), workers: fc.integer({ min: 1, max: 100 }) });

describe(shareOf, () => {
  test('gives all slots away and none twice, in each round', () => {
    fc.assert(
      fc.property(world, fc.nat(2 ** 31), ({ slots, workers }, round) => {
        const shares = Array.from({ length: workers }, (_, index) =>
          shareOf(slots, { rank: index + 1, workers, round }),
        );
        expect(shares.reduce((sum, share) => sum + share, 0)).toBe(slots);
        expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('gives every process slots once in as many rounds as there are processes', () => {
    fc.assert(
      fc.property(world, fc.nat(2 ** 30), ({ slots, workers }, first) => {
        for (let rank = 1; rank <= workers; rank++) {
          const had = Array.from({ length: workers }, (_, n) => shareOf(slots, { rank, workers, round: first + n }));
          expect(had.some((share) => share > 0)).toBe(true);
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe('more processes than slots', () => {
  let database: TestDatabase;
  let pool: Pool;

  beforeEach(async () => {
    database = await createTestDatabase();
    pool = createPool({ url: database.url, applicationName: 'test', role: 'ovis_loader', max: 4 });
  });

  afterEach(async () => {
    await pool.end();
    await database.drop();
  });

  test('take turns, each shard with another process at a time; a request under way keeps its slot', async () => {
    const workers = [1, 2, 3].map((n) => {
      const presence = new Presence(pool, `00000000-0000-4000-8000-00000000000${String(n)}`, {
        host: 'here',
        pid: n,
        version: 'test',
      });
      const leases = new RequestLeases({ presence, perShard: 1, roundSeconds: 1 });
      const underWay = { count: 0 };
      leases.attach({ shards: ['s1', 's2'], count: () => underWay.count, look: () => undefined });
      return { presence, leases, underWay, had: new Set<string>() };
    });
    const [first] = workers;
    const until = performance.now() + 10_000;
    while (workers.some(({ had }) => had.size < 2) && performance.now() < until) {
      for (const { presence, leases } of workers) {
        await presence.beat();
        await leases.rebalance();
      }
      for (const shard of ['s1', 's2']) {
        const holders = workers.filter(({ leases }) => leases.limitOf(shard) > 0);
        expect(holders.length).toBeLessThanOrEqual(1);
        for (const { had } of holders) had.add(shard);
      }
      await sleep(100);
    }
    expect(workers.map(({ had }) => had.size)).toEqual([2, 2, 2]);
    if (!first) throw new Error('nobody works');
    // It is held until its request ends, also when its turn is over; no new request is begun with it.
    const held = async (): Promise<number> => {
      const { rows } = await pool.query<{ held: number }>(
        'select count(*)::integer as held from ops.request_leases where worker_id = $1',
        [first.presence.workerId],
      );
      return rows[0]?.held ?? 0;
    };
    while ((await held()) === 0) {
      for (const { leases } of workers) await leases.rebalance();
    }
    first.underWay.count = 1;
    const before = await held();
    for (let beat = 0; beat < 15; beat++) {
      for (const { leases } of workers) await leases.rebalance();
      expect(await held()).toBeGreaterThanOrEqual(before);
      await sleep(100);
    }
    for (const { presence } of workers) await presence.leave();
  }, 30_000);
});
