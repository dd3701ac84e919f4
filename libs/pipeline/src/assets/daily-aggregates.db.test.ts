import { createTestDatabase, type TestDatabase } from '@ovis/dev-stack/testing';
import { startSimulator } from '@ovis/fleet-simulator';
import { METRICS, ShardedOvisClient } from 'ovis-client';
import { StubbedOvisClient, type StubbedOvisClientOptions, type StubbedShard } from 'ovis-client/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { assetRunner, type AssetRunner } from '../testing/run-assets.ts';
import { CustomerDirectory } from './customer-directory.ts';
import { dailyAggregates } from './daily-aggregates.ts';
import { thermostatHierarchy } from './thermostat-hierarchy.ts';

const NIGHT = '2026-11-23T03:00:00.000Z';
const NEXT_NIGHT = '2026-11-24T03:00:00.000Z';
const DAYS = ['2026-11-22', '2026-11-21', '2026-11-20'];

let database: TestDatabase;
let runner: AssetRunner;

beforeEach(async () => {
  database = await createTestDatabase();
  runner = assetRunner(database, { assets: [dailyAggregates(new CustomerDirectory())], cron: '0 3 * * *' });
});

afterEach(async () => {
  await runner[Symbol.asyncDispose]();
  await database.drop();
});

function aggregatesOf(devices: readonly string[], mean: (date: string) => number = () => 20): unknown[] {
  return METRICS.flatMap((metric) =>
    [...DAYS, '2026-11-23'].flatMap((date) =>
      devices.map((deviceId) => ({ deviceId, metric, date, mean: mean(date), sampleCount: 96 })),
    ),
  );
}

/** Two customers with two devices each, of which `d-4` is silent. */
function stub(shard: Partial<StubbedShard> = {}): StubbedOvisClient {
  return new StubbedOvisClient(stubOptions(shard));
}

function stubOptions(shard: Partial<StubbedShard> = {}): StubbedOvisClientOptions {
  const thermostats = (...devices: readonly string[]): unknown[] =>
    devices.map((deviceId) => ({ nodeId: `n-${deviceId}`, kind: 'thermostat', deviceId }));
  return {
    shards: {
      'a:1': {
        customers: [{ customerId: 'c-1' }, { customerId: 'c-2' }],
        hierarchy: { 'c-1': thermostats('d-1', 'd-2'), 'c-2': thermostats('d-3', 'd-4') },
        dailyAggregates: { 'c-1': aggregatesOf(['d-1', 'd-2']), 'c-2': aggregatesOf(['d-3']) },
        ...shard,
      },
    },
    maxPageSize: 1,
  };
}

async function rowsOf<Row = unknown>(sql: string): Promise<readonly Row[]> {
  return (await runner.pool.query(sql)).rows as Row[];
}

describe('raw.daily_aggregates', () => {
  test('holds the day before and the days that are asked again; equal values are not rewritten, late ones are updated', async () => {
    expect(await runner.runAt(NIGHT, { client: stub() })).toMatchObject({ outcome: 'succeeded' });
    expect(
      await rowsOf(
        `select device_id, metric, date::text, customer_id, shard, (payload ->> 'mean')::int as mean from raw.daily_aggregates
         where metric = 'rssi' and device_id in ('d-1', 'd-3') order by 1, 3`,
      ),
    ).toEqual(
      [['d-1', 'c-1'] as const, ['d-3', 'c-2'] as const].flatMap(([device_id, customer_id]) =>
        DAYS.toReversed().map((date) => ({ device_id, metric: 'rssi', date, customer_id, shard: 'a:1', mean: 20 })),
      ),
    );
    const late = aggregatesOf(['d-1', 'd-2'], (date) => (date === '2026-11-22' ? 25 : 20));
    const client = stub({ dailyAggregates: { 'c-1': late, 'c-2': aggregatesOf(['d-3']) } });
    expect(await runner.runAt(NEXT_NIGHT, { client })).toMatchObject({ outcome: 'succeeded' });
    expect(
      await rowsOf(`select rows_inserted, rows_updated, rows_unchanged from ops.materializations order by 1 desc`),
    ).toEqual([
      { rows_inserted: '45', rows_updated: '0', rows_unchanged: '0' },
      { rows_inserted: '15', rows_updated: '10', rows_unchanged: '20' },
    ]);
    expect(await rowsOf(`select distinct day::text from ops.touched_days order by 1`)).toEqual(
      [...DAYS, '2026-11-23'].toSorted().map((day) => ({ day })),
    );
  });

  test('asks device by device where the shard refuses, once a metric, and says for whom, why and at what cost', async () => {
    const client = stub();
    client.fail({
      operation: 'listCustomerDailyAggregates',
      customerId: 'c-2',
      metric: 'humidity',
      with: 501,
      times: Infinity,
    });
    const report = await runner.runAt(NIGHT, { client });
    expect(report).toMatchObject({ outcome: 'succeeded' });
    expect(client.deviceCalls.map(({ deviceId, metric, date }) => `${deviceId} ${metric} ${date}`)).toEqual(
      DAYS.flatMap((date) => [`d-3 humidity ${date}`, `d-4 humidity ${date}`]),
    );
    expect(
      await rowsOf(
        `select customers, fallback_customers, fallbacks, fallbacks_by_class, silent_devices, rows_inserted, fallback_seconds >= 0 as is_timed
         from ops.materializations`,
      ),
    ).toEqual([
      {
        customers: 2,
        fallback_customers: 1,
        fallbacks: '6',
        fallbacks_by_class: { http_501: 1 },
        silent_devices: '3',
        rows_inserted: '45',
        is_timed: true,
      },
    ]);
  });

  test('takes the devices from the newest hierarchy that was loaded in full by then', async () => {
    const directory = new CustomerDirectory();
    const both = [thermostatHierarchy(directory), dailyAggregates(directory)];
    await using hierarchies = assetRunner(database, { assets: both.slice(0, 1), cron: '0 */12 * * *' });
    await hierarchies.runAt('2026-11-23T00:00:00.000Z', { client: stub() });
    const client = stub({ hierarchy: { 'c-1': [], 'c-2': [] } });
    client.fail({ operation: 'listCustomerDailyAggregates', metric: 'rssi', with: 404, times: Infinity });
    await runner.runAt(NIGHT, { client });
    expect(new Set(client.deviceCalls.map(({ deviceId }) => deviceId))).toEqual(new Set(['d-1', 'd-2', 'd-3', 'd-4']));
    expect(client.calls.filter(({ operation }) => operation === 'listHierarchy')).toEqual([]);
  });

  test('completes a listing that breaks off, and asks for the listing again on the next day', async () => {
    const client = stub();
    client.fail({
      operation: 'listCustomerDailyAggregates',
      customerId: 'c-1',
      metric: 'temperature',
      page: 2,
      with: 504,
    });
    expect(await runner.runAt(NIGHT, { client })).toMatchObject({ outcome: 'succeeded' });
    expect(client.deviceCalls).toEqual([{ shard: 'a:1', deviceId: 'd-2', metric: 'temperature', date: '2026-11-22' }]);
    expect(await rowsOf(`select count(*)::int as rows from raw.daily_aggregates`)).toEqual([{ rows: 45 }]);
  });

  test('loads the other metrics when one fails, and tries only that one again', async () => {
    const client = stub();
    client.fail({
      operation: 'listCustomerDailyAggregates',
      customerId: 'c-1',
      metric: 'temperature',
      with: 500,
      times: 3,
    });
    expect(await runner.runAt(NIGHT, { client })).toMatchObject({ outcome: 'succeeded' });
    const asked = client.calls.filter(({ customerId }) => customerId === 'c-1');
    // Fifteen questions of two pages; three ended at their first page, and were asked again.
    expect(asked).toHaveLength(15 * 2 + 3);
    expect(await rowsOf(`select count(*)::int as rows from raw.daily_aggregates`)).toEqual([{ rows: 45 }]);
  });

  test('fails the customer with the metric’s error when it fails for good, the rest being stored', async () => {
    const client = stub();
    client.fail({
      operation: 'listCustomerDailyAggregates',
      customerId: 'c-1',
      metric: 'temperature',
      with: 400,
      times: Infinity,
    });
    expect(await runner.runAt(NIGHT, { client })).toMatchObject({ outcome: 'failed' });
    expect(await rowsOf(`select customer_id, error_class from ops.tasks where state = 'failed'`)).toEqual([
      { customer_id: 'c-1', error_class: 'http_400' },
    ]);
    expect(
      await rowsOf(
        `select metric, count(*)::int as rows from raw.daily_aggregates where customer_id = 'c-1' group by 1 order by 1`,
      ),
    ).toEqual(
      METRICS.filter((metric) => metric !== 'temperature')
        .toSorted()
        .map((metric) => ({ metric, rows: 6 })),
    );
    expect(await runner.runAt(NIGHT, { client: stub() })).toMatchObject({ outcome: 'succeeded', attempt: 2 });
    expect(await rowsOf(`select count(*)::int as rows from raw.daily_aggregates`)).toEqual([{ rows: 45 }]);
  });

  test('quarantines what answers another question, and drops what nobody has named', async () => {
    const client = stub();
    client.setPages('listCustomerDailyAggregates', 'a:1', 'c-2', [
      [
        { deviceId: 'd-3', metric: 'rssi', date: '2026-11-22', mean: -70, readBy: 'pii-canary' },
        { deviceId: 'd-3', metric: 'rssi', date: '1999-01-01', mean: -70 },
        { deviceId: '../etc', metric: 'rssi', date: '2026-11-22' },
      ],
    ]);
    await runner.runAt(NIGHT, { client });
    const reasons = await rowsOf<{ reason: string; count: number }>(
      `select reason, count(*)::int as count from ops.quarantine group by 1 order by 1`,
    );
    expect(reasons).toEqual([
      { reason: 'answer_mismatch:date', count: 2 },
      { reason: 'answer_mismatch:metric', count: 12 },
      { reason: 'key_invalid:date', count: 15 },
      { reason: 'key_invalid:deviceId', count: 15 },
    ]);
    expect(await rowsOf(`select payload from raw.daily_aggregates where device_id = 'd-3'`)).toEqual([
      { payload: { deviceId: 'd-3', metric: 'rssi', date: '2026-11-22', mean: -70 } },
    ]);
  });

  test('goes on where an interrupted run stopped, and is complete then', async () => {
    const client = new StubbedOvisClient({ ...stubOptions(), latencyMs: 2 });
    const stop = new AbortController();
    const running = runner.runAt(NIGHT, { client, signal: stop.signal });
    while ((await rowsOf(`select from raw.daily_aggregates limit 1`)).length === 0);
    stop.abort(new Error('stop'));
    expect(await running).toMatchObject({ outcome: 'cancelled' });
    expect(await runner.runAt(NIGHT, { client: stub() })).toMatchObject({ outcome: 'succeeded', attempt: 2 });
    expect(await rowsOf(`select count(*)::int as rows from raw.daily_aggregates`)).toEqual([{ rows: 45 }]);
  });

  test('equals the truth of a fleet in which a quarter of the customers need the fallback', async () => {
    await using fleet = await startSimulator({
      devices: 400,
      customers: 30,
      shards: 3,
      now: NIGHT,
      profile: 'untidy',
      rates: { aggregateRefusals: 0.25, brokenCustomers: 0 },
    });
    await using client = new ShardedOvisClient({ shards: fleet.shards, retryBaseDelayMs: 1, retryMaxDelayMs: 10 });
    const report = await runner.runAt(NIGHT, { client });
    expect(report.steps[0]?.totals?.failures).toEqual([]);
    const at = new Date(NIGHT);
    const truth = fleet.truth
      .customers(at)
      .flatMap(({ customerId }) =>
        METRICS.flatMap((metric) =>
          DAYS.flatMap((date) =>
            [...fleet.truth.aggregates({ customerId, metric, date }, at)].map(
              ({ deviceId, sampleCount, mean }) =>
                `${deviceId} ${metric} ${date} ${String(mean)} ${String(sampleCount)}`,
            ),
          ),
        ),
      );
    const rows = await rowsOf<{ row: string }>(
      `select concat_ws(' ', device_id, metric, date::text, coalesce(payload ->> 'mean', 'null'), coalesce(payload ->> 'sampleCount', 'null')) as row
       from raw.daily_aggregates`,
    );
    expect(rows.map(({ row }) => row).toSorted()).toEqual(truth.toSorted());
    const [made] = await rowsOf<{ fallback_customers: number }>('select fallback_customers from ops.materializations');
    expect(made?.fallback_customers).toBeGreaterThan(5);
  });
});
