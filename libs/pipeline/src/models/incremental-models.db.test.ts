import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { commitLoad, makeModelMonths, type ModelLoad } from '../testing/model-loads.ts';
import { openModelSandbox, type ModelSandbox } from '../testing/model-sandbox.ts';

/** What is built day by day, and what is counted from it. */
const INCREMENTAL = [
  'staging.int_fleet_per_day',
  'staging.int_sites_per_day',
  'marts.daily_aggregates_per_device',
  'marts.battery_predictions',
  'marts.devices_offline_per_firmware_week',
  'marts.firmware_rollout',
  'marts.fleet_overview',
];

let sandbox: ModelSandbox;

beforeAll(async () => {
  sandbox = await openModelSandbox([]);
  for (const month of ['2026-09-01', '2026-10-01']) await makeModelMonths(sandbox.administrator, month);
  await sandbox.build([], { verb: 'build' });
});

beforeEach(() => sandbox.clear());

afterAll(async () => {
  await sandbox[Symbol.asyncDispose]();
});

const load = (given: ModelLoad): Promise<void> => commitLoad(sandbox.administrator, given);

function evaluation(day: string, predictions: Readonly<Record<string, number>>): ModelLoad {
  const rows = Object.entries(predictions).map(([deviceId, days]) => ({
    deviceId,
    payload: { predictedRemainingDays: days },
  }));
  return { table: 'battery_eval_results', folder: { algorithm: 'a', day }, rows };
}

function replacement(replacementId: number, deviceId: string, replacedAt: string): ModelLoad {
  return { table: 'battery_replacements', rows: [{ replacementId, replacedAt, payload: { device_id: deviceId } }] };
}

function predictions(): Promise<readonly object[]> {
  return sandbox.rows(
    `select device_id, evaluated_date::text as day, predicted_remaining_days as predicted, replaced_at::date::text as replaced, is_right
     from marts.battery_predictions order by 1, 2`,
  );
}

describe('battery_predictions', () => {
  test('judges what was predicted before once a replacement is known, and again when an earlier one comes late', async () => {
    await load(evaluation('2026-09-01', { 'd-1': 60, 'd-2': 10 }));
    await load(evaluation('2026-09-20', { 'd-1': 300 }));
    await sandbox.build(['battery_predictions']);
    await load(replacement(1, 'd-1', '2026-10-31T01:00:00Z'));
    await sandbox.build(['battery_predictions']);
    expect(await predictions()).toEqual([
      { device_id: 'd-1', day: '2026-09-01', predicted: 60, replaced: '2026-10-31', is_right: true },
      { device_id: 'd-1', day: '2026-09-20', predicted: 300, replaced: '2026-10-31', is_right: false },
      { device_id: 'd-2', day: '2026-09-01', predicted: 10, replaced: null, is_right: null },
    ]);
    await load(replacement(2, 'd-1', '2026-09-11T01:00:00Z'));
    await sandbox.build(['battery_predictions']);
    expect(await predictions()).toMatchObject([
      { day: '2026-09-01', replaced: '2026-09-11', is_right: false },
      { day: '2026-09-20', replaced: '2026-10-31', is_right: false },
      { device_id: 'd-2' },
    ]);
  });

  test('loses what an evaluation that is made again no longer has, the last result of a day too', async () => {
    await load(evaluation('2026-09-01', { 'd-1': 60, 'd-2': 10 }));
    await load(evaluation('2026-09-02', { 'd-1': 59 }));
    await sandbox.build(['battery_predictions']);
    await load(evaluation('2026-09-01', { 'd-2': 11 }));
    await load(evaluation('2026-09-02', {}));
    await sandbox.build(['battery_predictions']);
    expect(await predictions()).toMatchObject([{ device_id: 'd-2', day: '2026-09-01', predicted: 11 }]);
  });
});

describe('daily_aggregates_per_device', () => {
  test('touches no day that did not change', async () => {
    const day = (date: string, mean: number): ModelLoad => ({
      table: 'daily_aggregates',
      rows: [{ deviceId: 'd-1', metric: 'temperature', date, payload: { mean } }],
    });
    await load(day('2026-09-01', 20));
    await load(day('2026-09-02', 21));
    await sandbox.build(['daily_aggregates_per_device']);
    const writers = (): Promise<readonly unknown[]> =>
      sandbox.rows(`select date::text, xmin::text from marts.daily_aggregates_per_device order by 1`);
    const before = await writers();
    await load(day('2026-09-01', 20));
    await load(day('2026-09-02', 22));
    await sandbox.build(['daily_aggregates_per_device']);
    const after = await writers();
    expect(after[0]).toEqual(before[0]);
    expect(after[1]).not.toEqual(before[1]);
  });
});

describe('the models that are built day by day', () => {
  test(
    'equal their full refresh after any order of late, repeated and withdrawn loads',
    { timeout: 600_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(command, { minLength: 1, maxLength: 12 }), async (commands) => {
          await sandbox.clear();
          for (const step of commands) await (step === 'build' ? sandbox.build([]) : load(step));
          await sandbox.build([]);
          const incremental = await contents();
          await sandbox.build([], { fullRefresh: true });
          expect(incremental).toEqual(await contents());
        }),
        { numRuns: 10, seed: 20_261_003 },
      );
    },
  );
});

async function contents(): Promise<Readonly<Record<string, unknown>>> {
  const found: Record<string, unknown> = {};
  for (const relation of INCREMENTAL) {
    const rows = await sandbox.rows<{ row: string }>(
      `select (to_jsonb(t) - '{observed_at,loaded_at}'::text[])::text as row from ${relation} as t order by 1`,
    );
    found[relation] = rows.map(({ row }) => row);
  }
  return found;
}

const device = fc.constantFrom('d-1', 'd-2', 'd-3');
const customer = fc.constantFrom('c-1', 'c-2');
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { freq: 4 });
const dayOf = (n: number): string => new Date(Date.parse('2026-09-27') + n * 86_400_000).toISOString().slice(0, 10);
/** Days from Sunday, 27 September: two weeks, and of two months. */
const day = fc.integer({ min: 0, max: 7 }).map(dayOf);
const tick = fc.tuple(day, fc.constantFrom('00', '12')).map(([date, hour]) => `${date}T${hour}:00:00Z`);
const unique = <T extends object>(row: fc.Arbitrary<T>, key: (row: T) => string): fc.Arbitrary<T[]> =>
  fc.uniqueArray(row, { minLength: 1, maxLength: 4, selector: key });

const states = tick.chain((queriedAt) =>
  unique(
    fc.record({
      deviceId: device,
      queriedAt: fc.constant(queriedAt),
      customerId: customer,
      payload: fc.record({
        embeddedVersion: maybe(fc.constantFrom('5.12.0', '5.13.1')),
        configuration: fc.record({ firmwareTarget: maybe(fc.constantFrom('5.12.0', '5.13.1')) }),
        lastSeenAt: maybe(
          fc
            .integer({ min: 0, max: 70 })
            .map((hours) => new Date(Date.parse(queriedAt) - hours * 3_600_000).toISOString()),
        ),
        uptime: maybe(fc.integer({ min: 0, max: 200_000 })),
        calibrationTotal: maybe(fc.integer({ min: 0, max: 9 })),
        temperature: maybe(fc.double({ min: 10, max: 30, noNaN: true })),
        batteryLevel: maybe(fc.integer({ min: 0, max: 100 })),
      }),
    }),
    ({ deviceId }) => deviceId,
  ).map((rows): ModelLoad => ({ table: 'device_last_updates', rows })),
);

const nodes = tick.chain((queriedAt) =>
  unique(
    fc.record({
      customerId: customer,
      nodeId: fc.constantFrom('n-1', 'n-2', 'n-3'),
      queriedAt: fc.constant(queriedAt),
      payload: fc.record({
        kind: fc.constantFrom('room', 'building'),
        floorArea: maybe(fc.integer({ min: 1, max: 99 })),
      }),
    }),
    ({ customerId, nodeId }) => `${customerId} ${nodeId}`,
  ).map((rows): ModelLoad => ({ table: 'thermostat_hierarchy', rows })),
);

const aggregates = unique(
  fc.record({
    deviceId: device,
    metric: fc.constantFrom('temperature', 'rssi', 'valveMovement'),
    date: day,
    payload: fc.record({ mean: maybe(fc.integer({ min: 0, max: 9 })), sampleCount: fc.integer({ min: 1, max: 3 }) }),
  }),
  ({ deviceId, metric, date }) => `${deviceId} ${metric} ${date}`,
).map((rows): ModelLoad => ({ table: 'daily_aggregates', rows }));

const folder = fc
  .record({
    algorithm: fc.constantFrom('a', 'b'),
    day,
    predicted: fc.dictionary(device, fc.integer({ min: 0, max: 60 }), { maxKeys: 3 }),
  })
  .map(({ algorithm, day: date, predicted }): ModelLoad => ({
    ...evaluation(date, predicted),
    folder: { algorithm, day: date },
  }));

/** A replacement may be corrected, but its device never changes. */
const replaced = fc
  .record({ id: fc.integer({ min: 1, max: 4 }), at: day })
  .map(({ id, at }) => replacement(id, `d-${String((id % 3) + 1)}`, `${at}T06:00:00Z`));

const command = fc.oneof(
  { weight: 3, arbitrary: states },
  { weight: 1, arbitrary: nodes },
  { weight: 2, arbitrary: aggregates },
  { weight: 3, arbitrary: folder },
  { weight: 2, arbitrary: replaced },
  { weight: 3, arbitrary: fc.constant('build' as const) },
);
