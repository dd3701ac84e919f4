import { describe, expect, test, vi } from 'vitest';
import { readingsDatabase } from '../test/database.ts';
import { clock, groupsOf, QUERIED_AT, readings, READINGS, row, RUN_2, UNSTORABLE } from '../test/readings.ts';
import { RawLoaderError } from './errors.ts';
import { loadRows, type LoadOptions } from './load-rows.ts';
import type { CommittedBatch } from './load-stream.ts';

const commit = () => Promise.resolve();
const base = { table: readings, commit, clock } satisfies Partial<LoadOptions<number>>;

describe(loadRows, () => {
  test('inserts, updates and leaves alone, and counts each exactly', async () => {
    await using database = await readingsDatabase();
    const { pool } = database;
    const first = [
      row({ deviceId: 'd-1', value: 1 }),
      row({ deviceId: 'd-2', value: 2 }),
      row({ deviceId: 'd-3', value: 3 }),
    ];
    expect(await loadRows({ ...base, pool, groups: groupsOf(first) })).toMatchObject({
      inserted: 3,
      updated: 0,
      unchanged: 0,
      batches: 1,
    });

    const second = [
      row({ deviceId: 'd-1', value: 1 }),
      row({ deviceId: 'd-2', value: 20 }),
      row({ deviceId: 'd-4', value: 4 }),
    ];
    expect(await loadRows({ ...base, pool, groups: groupsOf(second) })).toMatchObject({
      inserted: 1,
      updated: 1,
      unchanged: 1,
      superseded: 0,
    });
    expect((await database.stored()).map(({ device_id, payload }) => [device_id, payload])).toEqual([
      ['d-1', { deviceId: 'd-1', value: 1 }],
      ['d-2', { deviceId: 'd-2', value: 20 }],
      ['d-3', { deviceId: 'd-3', value: 3 }],
      ['d-4', { deviceId: 'd-4', value: 4 }],
    ]);
  });

  test('does not rewrite a row that differs in its provenance alone', async () => {
    await using database = await readingsDatabase();
    const { pool } = database;
    const versions = async () =>
      (await pool.query(`select tableoid, ctid, xmin, loaded_at, run_id from ${READINGS}`)).rows;
    await loadRows({ ...base, pool, groups: groupsOf([row({ deviceId: 'd-1', value: 1 })]) });
    const before = await versions();
    const again = row({ deviceId: 'd-1', value: 1 }, { run_id: RUN_2, observed_at: '2026-11-22T10:00:00Z' });
    const result = await loadRows({ ...base, pool, groups: groupsOf([again]) });
    expect([result, await versions()]).toEqual([expect.objectContaining({ unchanged: 1, updated: 0 }), before]);
  });

  test('takes a changed column for a change, and writes all of the row then', async () => {
    await using database = await readingsDatabase();
    const { pool } = database;
    await loadRows({ ...base, pool, groups: groupsOf([row({ deviceId: 'd-1' })]) });
    const moved = row({ deviceId: 'd-1' }, { shard: 'shard:2', run_id: RUN_2 });
    expect(await loadRows({ ...base, pool, groups: groupsOf([moved]) })).toMatchObject({ updated: 1 });
    expect(await database.stored()).toMatchObject([{ shard: 'shard:2', run_id: RUN_2 }]);
  });

  test('commits rows together with what the callback writes, or neither', async () => {
    await using database = await readingsDatabase();
    const { pool } = database;
    await pool.query('create table cursors (checkpoint int)');
    const write: LoadOptions<number>['commit'] = async (tx, batch) => {
      await tx.query('insert into cursors values ($1)', [batch.checkpoint]);
      if (batch.checkpoint === 2) throw new RangeError('fenced off');
    };
    const groups = groupsOf([row({ deviceId: 'd-1' })], [row({ deviceId: 'd-2' })]);
    await expect(loadRows({ ...base, pool, groups, commit: write, maxBatchBytes: 1 })).rejects.toThrow(
      new RangeError('fenced off'),
    );
    expect((await database.stored()).map(({ device_id }) => device_id)).toEqual(['d-1']);
    expect((await pool.query('select * from cursors')).rows).toEqual([{ checkpoint: 1 }]);
  });

  test('fails when the callback swallowed the error of a statement, instead of taking the rollback for a commit', async () => {
    await using database = await readingsDatabase();
    const { pool } = database;
    const swallow: LoadOptions<number>['commit'] = async (tx) => {
      await tx.query('select 1 / 0').catch(() => undefined);
    };
    await expect(
      loadRows({ ...base, pool, groups: groupsOf([row({ deviceId: 'd-1' })]), commit: swallow }),
    ).rejects.toThrow(/was rolled back: a statement of the commit callback failed/);
    expect(await database.stored()).toEqual([]);
  });

  test('refuses statements after the callback is done', async () => {
    await using database = await readingsDatabase();
    let late: (() => Promise<unknown>) | undefined;
    await loadRows({
      ...base,
      pool: database.pool,
      groups: groupsOf([]),
      commit: async (tx) => {
        late = () => tx.query('select 1');
      },
    });
    await expect(late?.()).rejects.toThrow('the transaction of this batch is over');
  });

  test('cuts batches by bytes between groups, and tells the callback of each', async () => {
    await using database = await readingsDatabase();
    const page = (number: number) =>
      Array.from({ length: 100 }, (_, index) => row({ deviceId: `d-${number}-${index}`, value: index }));
    const batches: CommittedBatch<number>[] = [];
    const result = await loadRows({
      ...base,
      pool: database.pool,
      groups: groupsOf(page(1), page(2), page(3), page(4), page(5)),
      maxBatchBytes: 25_000,
      commit: async (_, batch) => {
        batches.push(batch);
      },
    });
    expect(batches.map(({ checkpoint, inserted }) => [checkpoint, inserted])).toEqual([
      [2, 200],
      [4, 200],
      [5, 100],
    ]);
    expect(batches.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(result.bytes);
    expect(result).toMatchObject({ inserted: 500, batches: 3 });
  });

  test('commits the checkpoint of groups without rows, and nothing when there is no group', async () => {
    await using database = await readingsDatabase();
    const seen = vi.fn<LoadOptions<number>['commit']>(async () => {});
    expect(await loadRows({ ...base, pool: database.pool, groups: groupsOf([], []), commit: seen })).toMatchObject({
      batches: 1,
      inserted: 0,
    });
    expect(seen.mock.calls[0]?.[1]).toMatchObject({ checkpoint: 2, inserted: 0, touchedDays: [] });
    expect(await loadRows({ ...base, pool: database.pool, groups: groupsOf(), commit: seen })).toMatchObject({
      batches: 0,
    });
    expect(seen).toHaveBeenCalledTimes(1);
  });

  test('resolves duplicates within a batch as between batches: the later one wins', async () => {
    await using database = await readingsDatabase();
    const { pool } = database;
    const rows = [
      row({ deviceId: 'd-1', value: 1 }),
      row({ deviceId: 'd-2', value: 2 }),
      row({ deviceId: 'd-1', value: 3 }, { queried_at: '2026-11-22T02:00:00.000+02:00' }),
    ];
    expect(await loadRows({ ...base, pool, groups: groupsOf(rows) })).toMatchObject({ inserted: 2, duplicates: 1 });
    expect((await database.stored()).map(({ payload }) => payload)).toEqual([
      { deviceId: 'd-1', value: 3 },
      { deviceId: 'd-2', value: 2 },
    ]);
    expect(await loadRows({ ...base, pool, groups: groupsOf(rows) })).toMatchObject({
      inserted: 0,
      updated: 0,
      unchanged: 2,
      duplicates: 1,
    });
  });

  test('replaces and counts what PostgreSQL cannot store, in payloads and in columns', async () => {
    await using database = await readingsDatabase();
    const { pool } = database;
    await pool.query(
      'create table loose (id text primary key, day date, note text, payload jsonb not null, loaded_at timestamptz)',
    );
    const table = {
      schema: 'public',
      name: 'loose',
      columns: [
        { name: 'id', type: 'identifier' },
        { name: 'day', type: 'date' },
        { name: 'note', type: 'text' },
      ],
      key: ['id'],
      touchedDay: 'day',
    } as const;
    const bad = {
      ...row({ deviceId: 'd-1', note: UNSTORABLE }),
      columns: { id: 'd-1', day: '2026-11-22', note: 'x\0\uDC00y\tz\\N\n' },
    };
    expect(await loadRows({ ...base, pool, table, groups: groupsOf([bad]) })).toMatchObject({
      inserted: 1,
      sanitized: 4,
    });
    expect((await pool.query('select note, payload from loose')).rows).toEqual([
      { note: 'x\uFFFD\uFFFDy\tz\\N\n', payload: { deviceId: 'd-1', note: 'a\uFFFDb\uFFFDc' } },
    ]);
    expect(await loadRows({ ...base, pool, table, groups: groupsOf([bad]) })).toMatchObject({
      unchanged: 1,
      sanitized: 4,
    });
  });

  test('stores texts that COPY and JSON escape as they are', async () => {
    await using database = await readingsDatabase();
    const note = 'tab\tline\nback\\slash "quoted" \\u0000';
    await loadRows({
      ...base,
      pool: database.pool,
      groups: groupsOf([row({ deviceId: 'd-1', note }), row({ deviceId: 'd-2', note: '🙂' })]),
    });
    expect(await database.stored()).toMatchObject([{ payload: { note } }, { payload: { note: '🙂' } }]);
  });

  test('quarantines what does not fit by position and reason, and stores the rest', async () => {
    await using database = await readingsDatabase();
    const batches: CommittedBatch<number>[] = [];
    const rows = [
      row({ deviceId: 'd-1' }),
      row({ deviceId: 'd-2' }, { customer_id: 'Ann Example' }),
      row({ deviceId: 'd-3' }, { queried_at: '2026-11-24T00:00:00Z' }),
      { ...row({ deviceId: 'd-4' }, { queried_at: '2016-11-21T23:59:59Z' }), position: 'page 7, item 4' },
      row({ deviceId: 'd-5' }, { run_id: 'none' }),
      row({ deviceId: 'd-6' }, { shard: null }),
      row({ deviceId: 'd-7' }, { shard: 'Ann Example' }),
      row({ deviceId: 'd-8' }, { queried_at: '2026-11-23T23:59:59Z' }),
      row({ deviceId: 'd-9' }, { queried_at: '2016-11-22T00:00:00Z' }),
    ];
    const result = await loadRows({
      ...base,
      pool: database.pool,
      groups: groupsOf([], rows),
      commit: async (_, batch) => {
        batches.push(batch);
      },
    });
    expect(result).toMatchObject({ inserted: 3, quarantined: 6 });
    expect(batches[0]?.quarantined).toEqual([
      { position: 'group 2, row 2', reason: 'identifier_invalid:customer_id' },
      { position: 'group 2, row 3', reason: 'time_out_of_range:queried_at' },
      { position: 'page 7, item 4', reason: 'time_out_of_range:queried_at' },
      { position: 'group 2, row 5', reason: 'value_invalid:run_id' },
      { position: 'group 2, row 6', reason: 'value_missing:shard' },
      { position: 'group 2, row 7', reason: 'value_invalid:shard' },
    ]);
  });

  test('names the UTC days in which something changed, and only those', async () => {
    await using database = await readingsDatabase();
    const days: (readonly string[])[] = [];
    const load = (...rows: ReturnType<typeof row>[]) =>
      loadRows({
        ...base,
        pool: database.pool,
        groups: groupsOf(rows),
        commit: async (_, batch) => {
          days.push(batch.touchedDays);
        },
      });
    const at = (value: number, queried_at: string | Date) => row({ deviceId: 'd-1', value }, { queried_at });
    await load(
      at(1, '2026-11-20T23:59:59.999Z'),
      at(1, new Date('2026-11-21T00:00:00Z')),
      at(1, '2026-11-22T12:00:00Z'),
    );
    await load(at(1, '2026-11-20T23:59:59.999Z'), at(2, '2026-11-21T00:00:00Z'), at(1, '2026-11-22T12:00:00Z'));
    await load(at(2, '2026-11-21T00:00:00Z'));
    expect(days).toEqual([['2026-11-20', '2026-11-21', '2026-11-22'], ['2026-11-21'], []]);
  });

  test('names both days when the day of a row changes', async () => {
    await using database = await readingsDatabase();
    const { pool } = database;
    await pool.query(
      'create table replaced (id text primary key, day date not null, payload jsonb not null, loaded_at timestamptz)',
    );
    const table = {
      schema: 'public',
      name: 'replaced',
      columns: [
        { name: 'id', type: 'identifier' },
        { name: 'day', type: 'date' },
      ],
      key: ['id'],
      touchedDay: 'day',
    } as const;
    const days: (readonly string[])[] = [];
    for (const day of ['2026-11-20', '2026-11-22']) {
      const rows = [{ ...row({ deviceId: 'd-1' }), columns: { id: 'd-1', day } }];
      await loadRows({
        ...base,
        pool,
        table,
        groups: groupsOf(rows),
        commit: async (_, batch) => {
          days.push(batch.touchedDays);
        },
      });
    }
    expect(days).toEqual([['2026-11-20'], ['2026-11-20', '2026-11-22']]);
  });

  test('works whatever the search path shadows and whatever role the session has', async () => {
    await using database = await readingsDatabase();
    const { pool } = database;
    const role = `loader_${Date.now()}`;
    await pool.query(
      `create role ${role}; grant all on schema "raw ""x""" to ${role}; alter table ${READINGS} owner to ${role}; create schema evil; create table evil.readings (x int); grant all on schema evil to public`,
    );
    const connect = async () => {
      const client = await pool.connect();
      await client.query(`set role ${role}; set search_path = evil`);
      return client;
    };
    const limited = { connect } as unknown as typeof pool;
    expect(await loadRows({ ...base, pool: limited, groups: groupsOf([row({ deviceId: 'd-1' })]) })).toMatchObject({
      inserted: 1,
    });
    await pool
      .query(`reassign owned by ${role} to current_user; drop owned by ${role}; drop role ${role}`)
      .catch(() => undefined);
  });

  test('lets loads of the same keys in opposite orders wait for each other instead of deadlocking', async () => {
    await using database = await readingsDatabase();
    const devices = Array.from({ length: 300 }, (_, index) => `d-${String(index).padStart(4, '0')}`);
    const load = (order: readonly string[], value: number) =>
      loadRows({ ...base, pool: database.pool, groups: groupsOf(order.map((deviceId) => row({ deviceId, value }))) });
    await load(devices, 0);
    const results = await Promise.all(
      [1, 2, 3, 4, 5, 6].map((value) => load(value % 2 === 0 ? devices : devices.toReversed(), value)),
    );
    expect(results.map(({ updated }) => updated)).toEqual([300, 300, 300, 300, 300, 300]);
    expect(new Set((await database.stored()).map(({ payload }) => (payload as { value: number }).value)).size).toBe(1);
  });

  test('ends at once when it is aborted, and leaves nothing of the batch', async () => {
    await using database = await readingsDatabase();
    const controller = new AbortController();
    const stopped = new Error('stop');
    const commit: LoadOptions<number>['commit'] = async (tx) => {
      setTimeout(() => controller.abort(stopped), 20);
      await tx.query('select pg_sleep(60)');
    };
    await expect(
      loadRows({
        ...base,
        pool: database.pool,
        groups: groupsOf([row({ deviceId: 'd-1' })]),
        commit,
        signal: controller.signal,
      }),
    ).rejects.toBe(stopped);
    expect(await database.stored()).toEqual([]);
    await expect(
      loadRows({
        ...base,
        pool: database.pool,
        groups: groupsOf([row({ deviceId: 'd-1' })]),
        signal: controller.signal,
      }),
    ).rejects.toBe(stopped);
  });

  test('fails with the error of its source, keeping the batches before', async () => {
    await using database = await readingsDatabase();
    async function* broken() {
      yield* groupsOf([row({ deviceId: 'd-1' })]);
      throw new RangeError('the shard is gone');
    }
    await expect(loadRows({ ...base, pool: database.pool, groups: broken(), maxBatchBytes: 1 })).rejects.toThrow(
      new RangeError('the shard is gone'),
    );
    expect(await database.stored()).toHaveLength(1);
  });

  test('says what is wrong with the database and whether to try again', async () => {
    await using database = await readingsDatabase();
    const load = (table: typeof readings) =>
      loadRows({ ...base, pool: database.pool, table, groups: groupsOf([row({ deviceId: 'd-1' })]) });
    const missing = await load({ ...readings, name: 'missing' }).catch((error: unknown) => error);
    expect(missing).toBeInstanceOf(RawLoaderError);
    expect(missing).toMatchObject({
      sqlState: '42P01',
      retryability: 'terminal',
      message: expect.stringContaining(
        'storing 1 rows in raw "x".missing failed: relation "raw "x".missing" does not exist (SQLSTATE 42P01); the table is missing; apply the migrations',
      ),
    });
    const noKey = await load({ ...readings, key: ['queried_at'] }).catch((error: unknown) => error);
    expect(noKey).toMatchObject({ sqlState: '42P10', retryability: 'terminal' });
  });

  test('refuses a row that no allowlist has projected before anything of its batch is sent', async () => {
    const connect = vi.fn<() => Promise<never>>(() => Promise.reject(new Error('asked for a connection')));
    const pool = { connect } as unknown as LoadOptions<number>['pool'];
    const good = row({ deviceId: 'd-1' });
    const cast = {
      ...good,
      allowed: { payload: '{"name":"Ann Example"}', column: () => null } as unknown as typeof good.allowed,
    };
    const any = { ...good, allowed: JSON.parse('{"payload":"{}"}') };
    for (const bad of [cast, any]) {
      await expect(loadRows({ ...base, pool, groups: groupsOf([good, bad]) })).rejects.toThrow(
        'refused a row that no allowlist has projected',
      );
    }
    expect(connect).not.toHaveBeenCalled();
    expect(QUERIED_AT).toBe('2026-11-22T00:00:00Z');
  });
});
