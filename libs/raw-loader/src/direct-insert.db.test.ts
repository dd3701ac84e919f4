import { describe, expect, test } from 'vitest';
import { poolOfOne, readingsDatabase } from '../test/database.ts';
import { clock, groupsOf, readings, READINGS, row } from '../test/readings.ts';
import { loadRows } from './load-rows.ts';
import { anySampleStored } from './stored-keys.ts';

const base = { table: readings, clock, commit: async () => {} };

function rowsOf(devices: readonly string[], value: number) {
  return groupsOf(devices.map((deviceId) => row({ deviceId, value })));
}

describe('rows of new keys', () => {
  test('are copied straight into the table: no stage is made', async () => {
    await using database = await readingsDatabase();
    // Makes the month: that a connection fails for want of it is no matter of this test.
    await loadRows({ ...base, pool: database.pool, groups: rowsOf(['d-0'], 1) });
    const client = await database.pool.connect();
    try {
      const pool = poolOfOne(client);
      const stages = async (): Promise<number | null> =>
        (await client.query(`select from pg_class where relnamespace = pg_my_temp_schema()`)).rowCount;
      await loadRows({ ...base, pool, groups: rowsOf(['d-1', 'd-2'], 1) });
      expect(await stages()).toBe(0);
      await loadRows({ ...base, pool, groups: rowsOf(['d-1', 'd-2'], 2) });
      expect(await stages()).toBeGreaterThan(0);
      expect((await database.stored()).map(({ payload }) => payload)).toEqual([
        { deviceId: 'd-0', value: 1 },
        { deviceId: 'd-1', value: 2 },
        { deviceId: 'd-2', value: 2 },
      ]);
    } finally {
      client.release();
    }
  });

  test('are merged when a stored one among them was not noticed, in the same session', async () => {
    await using database = await readingsDatabase();
    const devices = Array.from({ length: 5000 }, (_, index) => `d-${index}`);
    // The last of many is no sample.
    await loadRows({ ...base, pool: database.pool, groups: rowsOf(['d-4999'], 1) });
    const client = await database.pool.connect();
    const keys = devices.map((device) => `${device}\u00002026-11-22T00:00:00.000000Z\0`);
    expect(await anySampleStored(client, readings, keys)).toBe(false);
    expect(await anySampleStored(client, readings, keys.toReversed())).toBe(true);
    client.release();
    const result = await loadRows({ ...base, pool: database.pool, groups: rowsOf(devices, 2) });
    expect(result).toMatchObject({ inserted: 4999, updated: 1, unchanged: 0, batches: 1 });
    expect(database.pool.totalCount).toBe(1);
  });

  test('wait for another loader that is inserting one of them, and then are merged', async () => {
    await using database = await readingsDatabase();
    const other = await database.pool.connect();
    await loadRows({ ...base, pool: database.pool, groups: rowsOf(['d-0'], 1) });
    await other.query('begin');
    await other.query(
      `insert into ${READINGS} select 'd-2', queried_at, shard, customer_id, payload, observed_at, run_id from ${READINGS}`,
    );
    const loading = loadRows({ ...base, pool: database.pool, groups: rowsOf(['d-1', 'd-2'], 3) });
    const isWaiting = async (): Promise<boolean> =>
      (await database.pool.query(`select from pg_stat_activity where wait_event = 'transactionid'`)).rowCount === 1;
    while (!(await isWaiting()));
    await other.query('commit');
    other.release();
    expect(await loading).toMatchObject({ inserted: 1, updated: 1 });
  });
});
