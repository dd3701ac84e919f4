import { describe, expect, test } from 'vitest';
import { readingsDatabase, type ReadingsDatabase } from '../test/database.ts';
import { clock, groupsOf, readings, READINGS, row } from '../test/readings.ts';
import { ensureMonths } from './ensure-months.ts';
import { loadRows } from './load-rows.ts';

/** The leaves, with their bounds as the server prints them in UTC. */
async function leavesOf(database: ReadingsDatabase): Promise<readonly (readonly string[])[]> {
  const client = await database.pool.connect();
  await client.query(`set time zone 'UTC'`);
  const { rows } = await client.query<{ name: string; bound: string }>(`
    select leaf.relname as name, pg_get_expr(leaf.relpartbound, leaf.oid) as bound
    from pg_inherits join pg_class leaf on leaf.oid = inhrelid where inhparent = '${READINGS}'::regclass and leaf.relkind = 'r' order by 1`);
  client.release(true);
  return rows.map(({ name, bound }) => [name, bound]);
}

const NOVEMBER = ['readings_2026_11', "FOR VALUES FROM ('2026-11-01 00:00:00+00') TO ('2026-12-01 00:00:00+00')"];
const DECEMBER = ['readings_2026_12', "FOR VALUES FROM ('2026-12-01 00:00:00+00') TO ('2027-01-01 00:00:00+00')"];

describe(ensureMonths, () => {
  test('attaches a leaf a month, once, bounded in UTC', async () => {
    await using database = await readingsDatabase();
    const options = { pool: database.pool, table: readings, months: ['2026-12', '2026-11', '2026-12'] };
    expect(await ensureMonths(options)).toEqual(['readings_2026_12', 'readings_2026_11']);
    expect(await ensureMonths(options)).toEqual([]);
    expect(await leavesOf(database)).toEqual([NOVEMBER, DECEMBER]);
  });

  test('gives leaves the constraints and indexes of their table', async () => {
    await using database = await readingsDatabase();
    await database.pool.query(
      `create index readings_day on ${READINGS} using brin (queried_at) with (autosummarize = on)`,
    );
    await ensureMonths({ pool: database.pool, table: readings, months: ['2026-11'] });
    const { rows } = await database.pool.query<{ indexdef: string }>(
      `select indexdef from pg_indexes where tablename = 'readings_2026_11' order by 1`,
    );
    expect(rows.map(({ indexdef }) => indexdef.replace(/^.* USING /, ''))).toEqual([
      `brin (queried_at) WITH (autosummarize='on')`,
      'btree (device_id, queried_at)',
    ]);
  });

  test('lets many callers race: each month is attached once and nobody fails', async () => {
    await using database = await readingsDatabase();
    const months = ['2026-11', '2026-12', '2027-01', '2027-02'];
    const created = await Promise.all(
      Array.from({ length: 8 }, () => ensureMonths({ pool: database.pool, table: readings, months })),
    );
    expect(created.flat().toSorted()).toEqual([
      'readings_2026_11',
      'readings_2026_12',
      'readings_2027_01',
      'readings_2027_02',
    ]);
  });

  test('attaches a leaf that somebody made and left', async () => {
    await using database = await readingsDatabase();
    await database.pool.query(`create table "raw ""x"""."readings_2026_11" (like ${READINGS} including all)`);
    expect(await ensureMonths({ pool: database.pool, table: readings, months: ['2026-11'] })).toEqual([
      'readings_2026_11',
    ]);
    expect(await leavesOf(database)).toEqual([NOVEMBER]);
  });

  test('waits for a lock no longer than told, and tries again until it is granted', async () => {
    await using database = await readingsDatabase();
    const blocker = await database.pool.connect();
    await blocker.query(`begin; lock table ${READINGS} in share update exclusive mode`);
    const options = { pool: database.pool, table: readings, months: ['2026-11'], lockTimeoutMs: 20 };
    await expect(ensureMonths({ ...options, attempts: 2 })).rejects.toMatchObject({
      sqlState: '55P03',
      retryability: 'transient',
      message: expect.stringContaining('(attempt 2 of 2)'),
    });
    const patient = ensureMonths({ ...options, attempts: 50 });
    await blocker.query('select pg_sleep(0.2)');
    await blocker.query('commit');
    blocker.release();
    expect(await patient).toEqual(['readings_2026_11']);
  });

  test('does not make readers or writers of the table wait', async () => {
    await using database = await readingsDatabase();
    await ensureMonths({ pool: database.pool, table: readings, months: ['2026-11'] });
    const writer = await database.pool.connect();
    await writer.query(
      `begin; insert into ${READINGS} values ('d-1', '2026-11-22', 's', 'c', '{}', now(), gen_random_uuid()); select * from ${READINGS}`,
    );
    expect(
      await ensureMonths({ pool: database.pool, table: readings, months: ['2026-12'], lockTimeoutMs: 50, attempts: 1 }),
    ).toEqual(['readings_2026_12']);
    await writer.query('rollback');
    writer.release();
  });

  test('does nothing for a table without partitions, and refuses what is no month', async () => {
    await using database = await readingsDatabase();
    const { partitionMonth: _, ...plain } = readings;
    expect(await ensureMonths({ pool: database.pool, table: plain, months: ['2026-11'] })).toEqual([]);
    await expect(ensureMonths({ pool: database.pool, table: readings, months: ['2026-13'] })).rejects.toThrow(
      'a month is written YYYY-MM',
    );
    await expect(
      ensureMonths({ pool: database.pool, table: { ...readings, name: 'r'.repeat(60) }, months: ['2026-11'] }),
    ).rejects.toThrow('its name is too long for leaves');
  });

  test('is done by a load on the way where a month is missing', async () => {
    await using database = await readingsDatabase();
    const rows = [
      row({ deviceId: 'd-1' }, { queried_at: '2026-10-31T23:59:59Z' }),
      row({ deviceId: 'd-1' }, { queried_at: '2026-11-01T00:00:00Z' }),
    ];
    const load = () =>
      loadRows({ pool: database.pool, table: readings, clock, groups: groupsOf(rows), commit: async () => {} });
    const results = await Promise.all([load(), load(), load()]);
    expect(results.reduce((sum, { inserted }) => sum + inserted, 0)).toBe(2);
    expect((await leavesOf(database)).map(([name]) => name)).toEqual(['readings_2026_10', 'readings_2026_11']);
  });
});
