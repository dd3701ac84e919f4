import { readFileSync } from 'node:fs';
import { PostgresBatteryDatabase } from '@ovis/battery-db';
import { StubbedBatteryDatabase } from '@ovis/battery-db/testing';
import { createTestDatabase, type TestDatabase } from '@ovis/dev-stack/testing';
import fc from 'fast-check';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { assetRunner, type AssetRunner } from '../testing/run-assets.ts';
import { batteryMeasurements, batteryReplacements } from './battery-rows.ts';

const CONTRACT = new URL('../../../../tools/fleet-simulator/contract/battery-db.sql', import.meta.url);
const HOUR_MS = 3_600_000;
const CRON = '15 2 * * *';
const night = (day: number): string => `2026-11-${String(day)}T02:15:00.000Z`;

let warehouse: TestDatabase;

beforeEach(async () => {
  warehouse = await createTestDatabase();
});

afterEach(async () => {
  await warehouse.drop();
});

function runnerOf(database: StubbedBatteryDatabase | PostgresBatteryDatabase, recountDays = 14): AssetRunner {
  return assetRunner(warehouse, {
    assets: [batteryMeasurements(), batteryReplacements()],
    cron: CRON,
    battery: { database, overlapMs: HOUR_MS, recountDays },
  });
}

function measurement(id: number, recordedAt: Date | string, fields: object = {}) {
  const recorded = new Date(recordedAt).toISOString().replace('Z', '000Z');
  return {
    measurement_id: String(id),
    device_id: `d-${String(id)}`,
    measured_at: recorded,
    recorded_at: recorded,
    voltage: '2.965',
    temperature: null,
    load_current: '-0.120',
    ...fields,
  };
}

async function idsIn(runner: AssetRunner): Promise<readonly number[]> {
  const { rows } = await runner.pool.query<{ id: string }>(
    'select measurement_id::text as id from raw.battery_measurements order by measurement_id',
  );
  return rows.map(({ id }) => Number(id));
}

describe('the battery tables', () => {
  test('hold what was recorded before the run, typed and without personal columns, from the first row on', async () => {
    await using source = await createTestDatabase({ empty: true });
    const owner = new Client({ connectionString: source.url });
    await owner.connect();
    await owner.query(readFileSync(CONTRACT, 'utf8'));
    await owner.query(
      `insert into battery_measurement (device_id, measured_at, recorded_at, voltage, temperature, technician)
       values ('d-1', '2026-11-19 23:00+00', '2026-11-20 01:00+00', 2.9, 21.5, 'pii-canary-1'), ('d-2', '2026-11-21 00:00+00', '2026-11-21 01:00+00', null, -4, 'pii-canary-2'),
              ('d-3', '2026-11-23 02:00+00', '2026-11-23 02:15+00', 3, 20, 'pii-canary-3'), ('bad id!', '2026-11-21 00:00+00', '2026-11-21 01:00+00', 3, 20, null),
              ('d-4', 'infinity', '2026-11-21 01:00+00', 3, 20, null);
       insert into battery_replacement (device_id, replaced_at, recorded_at, battery_type, reason, replaced_by)
       values ('d-1', '2026-11-18 12:00+00', '2026-11-20 00:00+00', 'AA', 'pii-canary-4', 'pii-canary-5')`,
    );
    await using database = new PostgresBatteryDatabase({ url: source.url });
    await using runner = runnerOf(database);
    expect(await runner.runAt(night(23))).toMatchObject({ outcome: 'succeeded' });
    const { rows } = await runner.pool.query('select payload from raw.battery_measurements order by measurement_id');
    expect(rows.map(({ payload }) => payload as unknown)).toEqual([
      {
        measurement_id: 1,
        device_id: 'd-1',
        measured_at: '2026-11-19T23:00:00.000Z',
        recorded_at: '2026-11-20T01:00:00.000Z',
        voltage: 2.9,
        temperature: 21.5,
      },
      {
        measurement_id: 2,
        device_id: 'd-2',
        measured_at: '2026-11-21T00:00:00.000Z',
        recorded_at: '2026-11-21T01:00:00.000Z',
        temperature: -4,
      },
    ]);
    const quarantined = await runner.pool.query('select position, reason from ops.quarantine order by 2');
    expect(quarantined.rows).toEqual([
      { position: 'page 1, item 2', reason: 'key_invalid:device_id' },
      { position: 'page 1, item 3', reason: 'key_missing:measured_at' },
    ]);
    const replaced = await runner.pool.query('select replacement_id, payload from raw.battery_replacements');
    expect(replaced.rows).toEqual([
      {
        replacement_id: '1',
        payload: {
          replacement_id: 1,
          device_id: 'd-1',
          replaced_at: '2026-11-18T12:00:00.000Z',
          recorded_at: '2026-11-20T00:00:00.000Z',
          battery_type: 'AA',
        },
      },
    ]);
    await runner.runAt(night(24));
    expect(await idsIn(runner)).toEqual([1, 2, 3]);
    await owner.end();
  });

  test('hold a row whose transaction was open while the run read, and committed within the overlap', async () => {
    await using source = await createTestDatabase({ empty: true });
    const owner = new Client({ connectionString: source.url });
    await owner.connect();
    await owner.query(readFileSync(CONTRACT, 'utf8'));
    const writer = new Client({ connectionString: source.url });
    await writer.connect();
    const insert = `insert into battery_measurement (device_id, measured_at, recorded_at) values ($1, $2, $2)`;
    await owner.query(insert, ['d-1', '2026-11-22T12:00:00Z']);
    await writer.query('begin');
    await writer.query(insert, ['d-2', '2026-11-23T01:30:00Z']);
    await using database = new PostgresBatteryDatabase({ url: source.url });
    await using runner = runnerOf(database, 0);
    await runner.runAt(night(23));
    expect(await idsIn(runner)).toEqual([1]);
    await writer.query('commit');
    await runner.runAt(night(24));
    expect(await idsIn(runner)).toEqual([1, 2]);
    await Promise.all([owner.end(), writer.end()]);
  });

  test('miss nothing that commits within the overlap, whenever it was recorded, committed and read, and whichever runs fail', async () => {
    const rows = fc.array(
      fc.record({
        recordedMinute: fc.integer({ min: 0, max: 4 * 24 * 60 }),
        openMinutes: fc.integer({ min: 0, max: 59 }),
      }),
      { minLength: 1, maxLength: 12 },
    );
    const runs = fc.array(fc.record({ lateMinutes: fc.integer({ min: 0, max: 300 }), fails: fc.boolean() }), {
      minLength: 4,
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(rows, runs, async (all, nights) => {
        await using database = await createTestDatabase();
        const source = new StubbedBatteryDatabase();
        await using runner = assetRunner(database, {
          assets: [batteryMeasurements()],
          cron: CRON,
          battery: { database: source, overlapMs: HOUR_MS, recountDays: 0 },
        });
        const start = Date.parse('2026-11-19T02:15:00Z');
        const recorded = all.map(({ recordedMinute, openMinutes }, index) => {
          const recordedMs = start + recordedMinute * 60_000;
          return {
            row: measurement(index + 1, new Date(recordedMs)),
            recordedMs,
            visibleMs: recordedMs + openMinutes * 60_000,
          };
        });
        const last = { lateMinutes: 0, fails: false };
        for (const [index, { lateMinutes, fails }] of [...nights, last].entries()) {
          const scheduledFor = night(20 + index);
          const readMs = Date.parse(scheduledFor) + lateMinutes * 60_000;
          source.rows.measurements.length = 0;
          source.rows.measurements.push(
            ...recorded.filter(({ visibleMs }) => visibleMs <= readMs).map(({ row }) => row),
          );
          source.failures.length = 0;
          if (fails) source.failures.push(new RangeError('not now'));
          await runner.runAt(scheduledFor);
        }
        const due = Date.parse(night(24));
        const wanted = recorded.filter(({ recordedMs, visibleMs }) => recordedMs < due && visibleMs <= due);
        const found = new Set(await idsIn(runner));
        expect(wanted.map(({ row }) => Number(row.measurement_id)).filter((id) => !found.has(id))).toEqual([]);
      }),
      { numRuns: 12 },
    );
  });

  test('find by a count a day what came later than that, and read such a day once', async () => {
    const source = new StubbedBatteryDatabase();
    await using runner = runnerOf(source);
    const tasksOf = async (scheduledFor: string): Promise<readonly string[]> => {
      await runner.runAt(scheduledFor);
      const { rows } = await runner.pool.query<{ task_key: string }>(
        `select task_key from ops.tasks join ops.runs using (run_id)
         where scheduled_for = $1 and asset = 'raw.battery_measurements' and task_key not like '%*' order by 1`,
        [scheduledFor],
      );
      return rows.map((row) => row.task_key.replaceAll('.000Z', 'Z'));
    };
    source.rows.measurements.push(measurement(1, '2026-11-20T05:00:00Z'), measurement(2, '2026-11-22T05:00:00Z'));
    await tasksOf(night(23));
    source.rows.measurements.push(
      measurement(3, '2026-11-20T06:00:00Z', { device_id: 'no id!' }),
      measurement(4, '2026-11-20T07:00:00Z'),
    );
    const window = ['2026-11-23T01:15:00Z/2026-11-24T00:00:00Z', '2026-11-24T00:00:00Z/2026-11-24T02:15:00Z'];
    expect(await tasksOf(night(24))).toEqual(['2026-11-20T00:00:00Z/2026-11-21T00:00:00Z', ...window]);
    expect(await idsIn(runner)).toEqual([1, 2, 4]);
    const next = await tasksOf(night(25));
    expect(next).toEqual(['2026-11-24T01:15:00Z/2026-11-25T00:00:00Z', '2026-11-25T00:00:00Z/2026-11-25T02:15:00Z']);
  });

  test('read again with force change no row', async () => {
    const source = new StubbedBatteryDatabase();
    const start = Date.parse('2026-11-22T00:00:00Z');
    for (let id = 1; id <= 12_000; id += 1) source.rows.measurements.push(measurement(id, new Date(start + id * 1000)));
    await using runner = runnerOf(source);
    await runner.runAt(night(23));
    expect(await runner.runAt(night(23), { force: true })).toMatchObject({
      outcome: 'succeeded',
      steps: [{ totals: { counters: { rowsInserted: 0, rowsUpdated: 0, rowsUnchanged: 12_000 } } }, {}],
    });
  });
});
