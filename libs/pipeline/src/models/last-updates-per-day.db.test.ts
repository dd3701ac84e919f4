import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openModelSandbox, type ModelSandbox, type Snapshot } from '../testing/model-sandbox.ts';
import { daysByBruteForce, type Day, type Loads } from '../testing/brute-force-days.ts';

const PER_DAY = ['stg_last_updates_per_day'];

let sandbox: ModelSandbox;

beforeAll(async () => {
  sandbox = await openModelSandbox(['2026-09-01', '2026-10-01']);
  await sandbox.build(['stg_last_updates']);
});

beforeEach(() => sandbox.clear());

afterAll(async () => {
  await sandbox[Symbol.asyncDispose]();
});

function days(): Promise<readonly Day[]> {
  return sandbox.rows<Day>(
    `select device_id, queried_date::text, to_char(queried_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as queried_at, uptime_seconds::int, snapshot_count::int,
       had_reset_since_previous_query, calibrations_since_previous_query::int, day_version::int
     from staging.stg_last_updates_per_day order by device_id, queried_date`,
  );
}

function everyColumn(): Promise<readonly { readonly row: unknown }[]> {
  return sandbox.rows(
    `select to_jsonb(d) as row from staging.stg_last_updates_per_day as d order by device_id, queried_date`,
  );
}

function report(uptime: number | null, lastSeenAt: string | null, calibrationTotal: number | null = null): Snapshot {
  return { deviceId: 'd-1', payload: { uptime, lastSeenAt, calibrationTotal } };
}

const flags = async (): Promise<readonly (readonly [string, boolean, number | null])[]> =>
  (await days()).map((day) => [
    day.queried_date,
    day.had_reset_since_previous_query,
    day.calibrations_since_previous_query,
  ]);

describe('stg_last_updates_per_day', () => {
  test('has the last snapshot of a day, and what happened over the steps of the day', async () => {
    await sandbox.load('2026-09-30T12:00:00Z', [report(50_000, '2026-09-30T11:59:00Z', 4)]);
    await sandbox.load('2026-10-01T00:00:00Z', [report(30, '2026-10-01T00:00:00Z', 5)]);
    await sandbox.load('2026-10-01T12:00:00Z', [report(43_230, '2026-10-01T12:00:00Z', 7)]);
    await sandbox.load('2026-10-02T00:00:00Z', [report(86_430, '2026-10-02T00:00:00Z', 7)]);
    await sandbox.build(PER_DAY);
    expect(await days()).toMatchObject([
      { queried_date: '2026-09-30', had_reset_since_previous_query: false, calibrations_since_previous_query: null },
      {
        queried_at: '2026-10-01T12:00:00Z',
        uptime_seconds: 43_230,
        snapshot_count: 2,
        had_reset_since_previous_query: true,
        calibrations_since_previous_query: 3,
      },
      { queried_date: '2026-10-02', had_reset_since_previous_query: false, calibrations_since_previous_query: 0 },
    ]);
  });

  test('finds a restart after which the device is up for longer than before', async () => {
    await sandbox.load('2026-09-01T00:00:00Z', [report(60, '2026-09-01T00:00:00Z')]);
    await sandbox.load('2026-09-02T00:00:00Z', [report(86_000, '2026-09-02T00:00:00Z')]);
    await sandbox.load('2026-09-03T00:00:00Z', [report(172_400, '2026-09-03T00:00:00Z')]);
    await sandbox.build(PER_DAY);
    expect((await flags()).map(([, hadReset]) => hadReset)).toEqual([false, true, false]);
  });

  test('takes a device that stayed silent for what it last said, and an old copy for no restart', async () => {
    await sandbox.load('2026-09-01T00:00:00Z', [report(9_000, '2026-08-31T20:00:00Z')]);
    await sandbox.load('2026-09-02T00:00:00Z', [report(9_000, '2026-08-31T20:00:00Z')]);
    await sandbox.load('2026-09-03T00:00:00Z', [report(8_000, '2026-08-31T19:43:20Z')]);
    await sandbox.build(PER_DAY);
    expect((await flags()).map(([, hadReset]) => hadReset)).toEqual([false, false, false]);
  });

  test('passes over snapshots that lack a value', async () => {
    await sandbox.load('2026-09-01T00:00:00Z', [report(500_000, null, 3)]);
    await sandbox.load('2026-09-02T00:00:00Z', [report(null, null, null)]);
    await sandbox.load('2026-09-03T00:00:00Z', [report(10, null, 5)]);
    await sandbox.build(PER_DAY);
    expect(await flags()).toEqual([
      ['2026-09-01', false, null],
      ['2026-09-02', false, null],
      ['2026-09-03', true, 2],
    ]);
  });

  test('rebuilds the day that steps from a day that came late, though other days lie between', async () => {
    await sandbox.load('2026-09-01T00:00:00Z', [report(500_000, null, 3)]);
    await sandbox.load('2026-09-09T00:00:00Z', [report(400_000, null, 9)]);
    await sandbox.build(PER_DAY);
    expect(await flags()).toEqual([
      ['2026-09-01', false, null],
      ['2026-09-09', true, 6],
    ]);
    await sandbox.load('2026-09-05T00:00:00Z', [report(100, null, 8)]);
    await sandbox.build(PER_DAY);
    expect(await flags()).toEqual([
      ['2026-09-01', false, null],
      ['2026-09-05', true, 5],
      ['2026-09-09', false, 1],
    ]);
  });

  test('does not touch days that did not change', async () => {
    await sandbox.load('2026-09-01T00:00:00Z', [report(1, null)]);
    await sandbox.load('2026-09-02T00:00:00Z', [report(2, null)]);
    await sandbox.build(PER_DAY);
    const writer = (): Promise<readonly unknown[]> =>
      sandbox.rows(`select queried_date::text, xmin::text from staging.stg_last_updates_per_day order by 1`);
    const before = await writer();
    await sandbox.load('2026-09-02T00:00:00Z', [report(2, null)]);
    await sandbox.build(PER_DAY);
    expect(await writer()).toEqual(before);
    await sandbox.load('2026-09-02T12:00:00Z', [report(3, null)]);
    await sandbox.build(PER_DAY);
    expect((await writer())[0]).toEqual(before[0]);
  });

  test(
    'after any order of late, repeated and retried loads equals brute force and its full refresh',
    { timeout: 300_000 },
    async () => {
      const value = (max: number): fc.Arbitrary<number | null> => fc.option(fc.integer({ min: 0, max }), { freq: 5 });
      const row = fc.record({
        device: fc.integer({ min: 1, max: 3 }),
        uptime: value(200_000),
        seenHoursBefore: value(30),
        calibrationTotal: value(9),
      });
      // Ticks of twelve hours from 28 September: days of one month and the next, some left out.
      const loaded = fc.record({
        tick: fc.integer({ min: 0, max: 11 }),
        rows: fc.array(row, { minLength: 1, maxLength: 4 }),
      });
      const command = fc.oneof(
        { weight: 5, arbitrary: loaded },
        { weight: 2, arbitrary: fc.constant('build' as const) },
      );
      await fc.assert(
        fc.asyncProperty(fc.array(command, { minLength: 1, maxLength: 14 }), async (commands) => {
          await sandbox.clear();
          const loads: Loads = new Map();
          const versions = new Map<string, number>();
          for (const step of commands) {
            if (step === 'build') await sandbox.build(PER_DAY);
            else await applyLoad(step, loads, versions);
          }
          await sandbox.build(PER_DAY);
          expect(await days()).toEqual(daysByBruteForce(loads, versions));
          const incremental = await everyColumn();
          await sandbox.build(PER_DAY, { fullRefresh: true });
          expect(incremental).toEqual(await everyColumn());
        }),
        { numRuns: 25, seed: 20_261_001 },
      );
    },
  );
});

interface GeneratedLoad {
  readonly tick: number;
  readonly rows: readonly {
    readonly device: number;
    readonly uptime: number | null;
    readonly seenHoursBefore: number | null;
    readonly calibrationTotal: number | null;
  }[];
}

async function applyLoad({ tick, rows }: GeneratedLoad, loads: Loads, versions: Map<string, number>): Promise<void> {
  const atMs = Date.parse('2026-09-28T00:00:00Z') + tick * 12 * 3_600_000;
  const queriedAt = new Date(atMs).toISOString().replace('.000Z', 'Z');
  const snapshots = new Map<string, Snapshot>();
  for (const { device, uptime, seenHoursBefore, calibrationTotal } of rows) {
    const lastSeenAt = seenHoursBefore === null ? null : new Date(atMs - seenHoursBefore * 3_600_000).toISOString();
    snapshots.set(`d-${String(device)}`, {
      deviceId: `d-${String(device)}`,
      payload: { uptime, lastSeenAt, calibrationTotal },
    });
  }
  await sandbox.load(queriedAt, [...snapshots.values()]);
  let isTouched = false;
  for (const { deviceId, payload } of snapshots.values()) {
    const key = `${deviceId} ${queriedAt}`;
    if (JSON.stringify(loads.get(key)?.payload) !== JSON.stringify(payload)) isTouched = true;
    loads.set(key, { deviceId, queriedAt, payload });
  }
  const day = queriedAt.slice(0, 10);
  if (isTouched) versions.set(day, (versions.get(day) ?? 0) + 1);
}
