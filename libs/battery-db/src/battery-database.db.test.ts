import { readFileSync } from 'node:fs';
import { createTestDatabase } from '@ovis/dev-stack/testing';
import { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { BatteryDatabase, BatteryPosition, ReadPagesOptions } from './battery-database.ts';
import { PostgresBatteryDatabase } from './postgres-battery-database.ts';
import { StubbedBatteryDatabase, type StubbedRow } from './testing/index.ts';

const CONTRACT = new URL('../../../tools/fleet-simulator/contract/battery-db.sql', import.meta.url);
const COLUMNS = ['measurement_id', 'device_id', 'measured_at', 'recorded_at', 'voltage'];
const FROM = new Date('2026-11-20T00:00:00Z');
const UNTIL = new Date('2026-11-23T00:00:00Z');

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let owner: Client;

beforeAll(async () => {
  database = await createTestDatabase({ empty: true });
  owner = new Client({ connectionString: database.url });
  await owner.connect();
  await owner.query(readFileSync(CONTRACT, 'utf8'));
});

afterAll(async () => {
  await owner.end();
  await database.drop();
});

beforeEach(async () => {
  await owner.query('truncate battery_measurement, battery_replacement restart identity');
});

/** Records measurements, the n-th of them `n` seconds after `from`. */
async function record(times: readonly string[], into: StubbedBatteryDatabase | null): Promise<void> {
  for (const recordedAt of times) {
    const { rows } = await owner.query<{ measurement_id: string }>(
      `insert into battery_measurement (device_id, measured_at, recorded_at, voltage, technician)
       values ('d-1', '2026-11-20T06:00:00+02', $1, 2.965, 'pii-canary') returning measurement_id::text`,
      [recordedAt],
    );
    const row: StubbedRow = {
      measurement_id: rows[0]?.measurement_id ?? '',
      device_id: 'd-1',
      measured_at: '2026-11-20T04:00:00.000000Z',
      recorded_at: recordedAt.replace(/Z$/, recordedAt.includes('.') ? 'Z' : '.000000Z'),
      voltage: '2.965',
    };
    into?.rows.measurements.push(row);
  }
}

async function read(reader: BatteryDatabase, options: Partial<ReadPagesOptions> = {}) {
  const rows: unknown[] = [];
  const positions: (BatteryPosition | null)[] = [];
  const asked = { entity: 'measurements', columns: COLUMNS, from: FROM, until: UNTIL, ...options } as const;
  for await (const page of reader.readPages(asked)) {
    rows.push(...page.rows);
    positions.push(page.next);
  }
  return { rows, positions };
}

function idsOf(rows: readonly unknown[]): readonly number[] {
  return rows.map((row) => Number((row as { measurement_id: string }).measurement_id));
}

const TIMES = [
  '2026-11-22T00:00:00.000002Z',
  '2026-11-20T00:00:00Z',
  '2026-11-22T00:00:00.000001Z',
  '2026-11-22T00:00:00.000001Z',
  '2026-11-22T23:59:59.999999Z',
  '2026-11-23T00:00:00Z',
  '2026-11-19T23:59:59.999999Z',
];

describe.each(['PostgresBatteryDatabase', 'StubbedBatteryDatabase'])('every BatteryDatabase: %s', (kind) => {
  const stub = new StubbedBatteryDatabase();
  let reader: BatteryDatabase;

  beforeEach(async () => {
    stub.rows.measurements.length = 0;
    await record(TIMES, stub);
    reader = kind === 'StubbedBatteryDatabase' ? stub : new PostgresBatteryDatabase({ url: database.url });
    return () => reader.close();
  });

  test('reads a half-open range in the order of recording, as text, nothing personal among it', async () => {
    const { rows, positions } = await read(reader);
    expect(idsOf(rows)).toEqual([2, 3, 4, 1, 5]);
    expect(rows[1]).toEqual({
      measurement_id: '3',
      device_id: 'd-1',
      measured_at: '2026-11-20T04:00:00.000000Z',
      recorded_at: '2026-11-22T00:00:00.000001Z',
      voltage: '2.965',
    });
    expect(positions).toEqual([null]);
  });

  test('goes on at the position of any page, over rows that were recorded in the same microsecond', async () => {
    for (const pageSize of [1, 2, 3, 5]) {
      const { rows, positions } = await read(reader, { pageSize });
      expect(idsOf(rows)).toEqual([2, 3, 4, 1, 5]);
      for (const [index, after] of positions.entries()) {
        if (after === null) continue;
        expect(idsOf((await read(reader, { pageSize, after })).rows)).toEqual(
          [2, 3, 4, 1, 5].slice((index + 1) * pageSize),
        );
      }
    }
  });

  test('counts the rows of each day, and knows the first', async () => {
    const counts = await reader.countDays('measurements', { from: FROM, until: UNTIL });
    expect([...counts]).toEqual(
      expect.arrayContaining([
        ['2026-11-20', 1],
        ['2026-11-22', 4],
      ]),
    );
    expect(counts.size).toBe(2);
    expect((await reader.firstRecordedAt('measurements'))?.toISOString()).toBe('2026-11-19T23:59:59.999Z');
    expect(await reader.firstRecordedAt('replacements')).toBeNull();
  });

  test('refuses columns that people type into, and unknown ones', () => {
    for (const columns of [['technician'], ['measurement_id', 'shoe_size'], []]) {
      expect(() => reader.readPages({ entity: 'measurements', columns, from: FROM, until: UNTIL })).toThrow(
        expect.objectContaining({ errorClass: 'battery_db_option' }),
      );
    }
  });

  test('ends with the reason of an aborted signal', async () => {
    const reason = new Error('enough');
    await expect(read(reader, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

describe(PostgresBatteryDatabase, () => {
  test('cannot write, and ends a statement that takes too long, here and at the server', async () => {
    await record(TIMES, null);
    const url = `${database.url}?options=${encodeURIComponent('-c search_path=public -c statement_timeout=0')}`;
    await using reader = new PostgresBatteryDatabase({ url, statementTimeoutMs: 200 });
    await owner.query('begin; lock table battery_measurement in access exclusive mode');
    await expect(read(reader)).rejects.toMatchObject({ errorClass: 'battery_db_timeout', retryability: 'transient' });
    await owner.query('commit');
    const { rows } = await owner.query<{ setting: string }>(
      `select 1 from pg_stat_activity where application_name = 'ovis-battery-db' and state = 'active'`,
    );
    expect(rows).toEqual([]);
    // The read-only setting is the session's own; it is asked for by reading through a function that writes.
    await owner.query(
      `create function write_one() returns text language plpgsql as $$ begin insert into kept (device_id, replaced_at) values ('d', now()); return 'x'; end $$;
       alter table battery_replacement rename to kept;
       create view battery_replacement as select replacement_id, write_one() as device_id, replaced_at, recorded_at, battery_type from kept`,
    );
    try {
      await owner.query(`insert into kept (device_id, replaced_at, recorded_at) values ('d', now(), '2026-11-21')`);
      await expect(read(reader, { entity: 'replacements', columns: ['device_id'] })).rejects.toMatchObject({
        sqlState: '25006',
      });
    } finally {
      await owner.query(
        'drop view battery_replacement; alter table kept rename to battery_replacement; drop function write_one',
      );
    }
  });

  test('gives back what an aborted reading held, and leaves nothing running', async () => {
    await record(TIMES, null);
    await using reader = new PostgresBatteryDatabase({ url: database.url, maxConnections: 1 });
    await owner.query('begin; lock table battery_measurement in access exclusive mode');
    const controller = new AbortController();
    const reason = new Error('stop');
    const reading = read(reader, { signal: controller.signal });
    setTimeout(() => controller.abort(reason), 50);
    await expect(reading).rejects.toBe(reason);
    await owner.query('commit');
    expect((await read(reader)).rows).toHaveLength(5);
  });

  test('names what is wrong with the database, without secrets', async () => {
    const url = new URL(database.url);
    const failureOf = async (change: (wrong: URL) => void): Promise<unknown> => {
      const wrong = new URL(url);
      change(wrong);
      await using reader = new PostgresBatteryDatabase({ url: wrong.href, connectTimeoutMs: 2_000 });
      return read(reader).catch((error: unknown) => error);
    };
    const wrongs: readonly [(wrong: URL) => void, object][] = [
      [(wrong) => (wrong.port = '1'), { errorClass: 'battery_db_unreachable', retryability: 'transient' }],
      [(wrong) => (wrong.hostname = 'nowhere.invalid'), { errorClass: 'battery_db_unreachable' }],
      [(wrong) => (wrong.pathname = '/nowhere'), { errorClass: 'battery_db_refused', retryability: 'terminal' }],
      [(wrong) => (wrong.password = 'very-secret'), { errorClass: 'battery_db_refused', retryability: 'terminal' }],
      [(wrong) => (wrong.pathname = '/postgres'), { errorClass: 'battery_db_schema', retryability: 'terminal' }],
    ];
    for (const [change, expected] of wrongs) {
      const failure = await failureOf(change);
      expect(failure).toMatchObject(expected);
      expect(String(failure)).not.toMatch(new RegExp(`very-secret|${url.password}`));
    }
  });

  test('goes on after its sessions were ended', async () => {
    await record(TIMES, null);
    await using reader = new PostgresBatteryDatabase({ url: database.url });
    await read(reader);
    await owner.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'ovis-battery-db'`,
    );
    await expect
      .poll(() =>
        read(reader).then(
          ({ rows }) => rows.length,
          () => 0,
        ),
      )
      .toBe(5);
  });

  test('refuses what follows close()', async () => {
    const reader = new PostgresBatteryDatabase({ url: database.url });
    await reader.close();
    await reader.close();
    await expect(read(reader)).rejects.toMatchObject({ errorClass: 'battery_db_closed' });
  });
});
