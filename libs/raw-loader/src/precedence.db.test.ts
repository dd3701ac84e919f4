import { describe, expect, test } from 'vitest';
import { readingsDatabase } from '../test/database.ts';
import { clock, groupsOf, rankedReadings, READINGS, row } from '../test/readings.ts';
import { loadRows } from './load-rows.ts';
import type { LoadResult } from './load-stream.ts';
import type { RawRow } from './raw-row.ts';
import type { RawTable } from './raw-table.ts';

/** A claim of the one device of these tests. */
function claim(
  customer: string,
  shard: string,
  document: { readonly customerId?: string; readonly lastSeenAt?: string; readonly value: number },
): RawRow {
  return row({ deviceId: 'd-1', ...document }, { customer_id: customer, shard });
}

const OWN_OLD = claim('c-1', 'shard:1', { customerId: 'c-1', lastSeenAt: '2026-11-21T08:00:00Z', value: 1 });
const OWN_NEW = claim('c-1', 'shard:1', { customerId: 'c-1', lastSeenAt: '2026-11-21T09:00:00Z', value: 2 });
const FOREIGN_NEWEST = claim('c-2', 'shard:2', { customerId: 'c-1', lastSeenAt: '2026-11-21T10:00:00Z', value: 3 });
const OTHER_OWN_UNSEEN = claim('c-3', 'shard:3', { customerId: 'c-3', value: 4 });
const NOBODYS = claim('c-4', 'shard:4', { value: 5 });

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, index) => permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]));
}

describe('the precedence of claims', () => {
  test('gives the same winner in any order, one batch or many: own listing first, then the newest report', async () => {
    await using database = await readingsDatabase();
    const { pool } = database;
    const load = (groups: readonly (readonly RawRow[])[], maxBatchBytes: number) =>
      loadRows({
        pool,
        table: rankedReadings,
        clock,
        groups: groupsOf(...groups),
        maxBatchBytes,
        commit: async () => {},
      });
    const winners = new Set<unknown>();
    for (const order of permutations([OWN_OLD, OWN_NEW, FOREIGN_NEWEST, OTHER_OWN_UNSEEN])) {
      for (const groups of [[order], order.map((one) => [one]), [order.slice(0, 2), order.slice(2)]]) {
        const result = await load(groups, 1);
        expect(countOf(result)).toBe(4);
        winners.add(
          JSON.stringify((await database.stored()).map(({ customer_id, payload }) => [customer_id, payload])),
        );
        await pool.query(`truncate ${READINGS}`);
      }
    }
    expect([...winners]).toEqual([
      JSON.stringify([
        ['c-1', { value: 2, deviceId: 'd-1', customerId: 'c-1', lastSeenAt: '2026-11-21T09:00:00.000Z' }],
      ]),
    ]);
  });

  test('counts losers: duplicates within a batch, superseded against what is stored', async () => {
    await using database = await readingsDatabase();
    const load = (...rows: readonly RawRow[]) =>
      loadRows({ pool: database.pool, table: rankedReadings, clock, groups: groupsOf(rows), commit: async () => {} });
    expect(await load(NOBODYS, OWN_OLD, FOREIGN_NEWEST)).toMatchObject({ inserted: 1, duplicates: 2, superseded: 0 });
    expect(await load(FOREIGN_NEWEST)).toMatchObject({ inserted: 0, updated: 0, unchanged: 0, superseded: 1 });
    expect(await load(OWN_OLD)).toMatchObject({ unchanged: 1, superseded: 0 });
    expect(await load(OWN_NEW, NOBODYS)).toMatchObject({ updated: 1, duplicates: 1 });
    expect(await load(OWN_OLD, row({ deviceId: 'd-2', value: 9 }))).toMatchObject({ inserted: 1, superseded: 1 });
  });

  test('decides two claims that rank alike by their claimants, and a repeated claim of one claimant for the later one', async () => {
    await using database = await readingsDatabase();
    const load = (...rows: readonly RawRow[]) =>
      loadRows({ pool: database.pool, table: rankedReadings, clock, groups: groupsOf(rows), commit: async () => {} });
    const one = claim('c-1', 'shard:1', { value: 1 });
    const two = claim('c-2', 'shard:2', { value: 2 });
    expect(await load(two)).toMatchObject({ inserted: 1 });
    expect(await load(one)).toMatchObject({ superseded: 1 });
    expect(await load(claim('c-2', 'shard:2', { value: 3 }))).toMatchObject({ updated: 1 });
    expect(await database.stored()).toMatchObject([{ customer_id: 'c-2', payload: { value: 3 } }]);
  });

  test('holds between loads that run at the same time on two shards', async () => {
    await using database = await readingsDatabase();
    const devices = Array.from({ length: 200 }, (_, index) => `d-${index}`);
    const listing = (customer: string, shard: string, hour: number) =>
      devices.map((deviceId) =>
        row(
          { deviceId, customerId: 'c-1', lastSeenAt: `2026-11-21T0${hour}:00:00Z` },
          { customer_id: customer, shard },
        ),
      );
    const load = (rows: readonly RawRow[]) =>
      loadRows({
        pool: database.pool,
        table: rankedReadings,
        clock,
        groups: groupsOf(rows.slice(0, 100), rows.slice(100)),
        maxBatchBytes: 1,
        commit: async () => {},
      });
    const results = await Promise.all([
      load(listing('c-2', 'shard:2', 9)),
      load(listing('c-1', 'shard:1', 3)),
      load(listing('c-1', 'shard:1', 5).toReversed()),
    ]);
    expect(results.map(countOf)).toEqual([200, 200, 200]);
    const { rows } = await database.pool.query(
      `select distinct customer_id, payload ->> 'lastSeenAt' as seen from ${READINGS}`,
    );
    expect(rows).toEqual([{ customer_id: 'c-1', seen: '2026-11-21T05:00:00.000Z' }]);
  });

  test('is order-independent to the last where its ranks tell any two claims apart', async () => {
    await using database = await readingsDatabase();
    const total: RawTable = {
      ...rankedReadings,
      precedence: [...(rankedReadings.precedence ?? []), (of) => `${of}.payload::text collate "C"`],
    };
    const claims = [1, 2, 3].map((value) => claim('c-1', 'shard:1', { customerId: 'c-1', value }));
    const winners = new Set<unknown>();
    for (const order of permutations(claims)) {
      await loadRows({
        pool: database.pool,
        table: total,
        clock,
        groups: groupsOf(...order.map((one) => [one])),
        maxBatchBytes: 1,
        commit: async () => {},
      });
      winners.add((await database.stored())[0]?.['payload']);
      await database.pool.query(`truncate ${READINGS}`);
    }
    expect([...winners].map((winner) => JSON.stringify(winner))).toEqual(
      Array(6).fill('{"value":3,"deviceId":"d-1","customerId":"c-1"}'),
    );
  });
});

function countOf(result: LoadResult): number {
  return result.inserted + result.updated + result.unchanged + result.superseded + result.duplicates;
}
