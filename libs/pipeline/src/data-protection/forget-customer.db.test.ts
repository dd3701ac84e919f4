import { resolve } from 'node:path';
import { UsageError } from '@ovis/orchestrator';
import { ensureMonths } from '@ovis/raw-loader';
import { createPool } from '@ovis/warehouse';
import type { Pool } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  batteryEvalResultsTable,
  batteryMeasurementsTable,
  dailyAggregatesTable,
  thermostatHierarchyTable,
} from '../assets/raw-tables.ts';
import { openModelSandbox, type ModelSandbox } from '../testing/model-sandbox.ts';
import { tablesMatching } from '../testing/search-database.ts';
import { forgetCustomer } from './forget-customer.ts';
import type { RemovalOptions } from './purge-field.ts';

const GONE = 'c-0007.x';
const RUN = '00000000-0000-4000-8000-000000000000';

let sandbox: ModelSandbox;
let pool: Pool;

beforeAll(async () => {
  sandbox = await openModelSandbox(['2026-09-01']);
  pool = createPool({ url: sandbox.databaseUrl, applicationName: 'test', role: 'ovis_loader', max: 4 });
  for (const table of [
    thermostatHierarchyTable,
    dailyAggregatesTable,
    batteryMeasurementsTable,
    batteryEvalResultsTable,
  ]) {
    await ensureMonths({ pool, table, months: ['2026-09'] });
  }
});

afterAll(async () => {
  await pool.end();
  await sandbox[Symbol.asyncDispose]();
});

function options(other: Partial<RemovalOptions> = {}): RemovalOptions {
  const directory = resolve(import.meta.dirname, '../../../../models');
  return { pool, models: { directory, databaseUrl: sandbox.databaseUrl, threads: 2 }, ...other };
}

/**
 * `own` and `named` are the customer's; `handed` was another's until the 4th, its own until the 8th, and another's from the 12th on;
 * `placed` is known from the hierarchy alone. Everybody measures on the days 2, 6, 10 and 14.
 */
async function fill(): Promise<void> {
  await sandbox.clear();
  const device = (deviceId: string, customerId: string, payload: object = {}) => ({
    deviceId,
    customerId,
    payload: { uptime: 1, customerId, ...payload },
  });
  const other = device('d-other', 'c-0007');
  await sandbox.load('2026-09-04T00:00:00Z', [other, device('d-handed', 'c-0008')]);
  await sandbox.load('2026-09-08T00:00:00Z', [other, device('d-handed', GONE), device('d-own', GONE)]);
  await sandbox.load('2026-09-12T00:00:00Z', [
    other,
    device('d-handed', 'c-0008'),
    device('d-own', GONE),
    device('d-named', 'c-0008', { customerId: GONE }),
  ]);
  const devices = `unnest(array['d-own', 'd-named', 'd-handed', 'd-placed', 'd-other']) with ordinality as device (id, number)`;
  const days = `unnest(array[2, 6, 10, 14]) as day`;
  const moment = `make_timestamptz(2026, 9, day, 3, 0, 0, 'UTC')`;
  await sandbox.administrator.query(`
    truncate raw.thermostat_hierarchy, raw.daily_aggregates, raw.battery_measurements, raw.battery_replacements,
      raw.battery_eval_results, raw.battery_eval_results_stage, ops.runs cascade;
    truncate ops.recounted_days, ops.run_events;
    insert into raw.thermostat_hierarchy (customer_id, node_id, queried_at, shard, payload, observed_at, run_id) values
      ('${GONE}', 'n-1', '2026-09-08', 's', '{"nodeId": "n-1", "kind": "thermostat", "deviceId": "d-placed"}', now(), '${RUN}'),
      ('${GONE}', 'n-2', '2026-09-08', 's', '{"nodeId": "n-2", "kind": "room"}', now(), '${RUN}'),
      ('c-0007', 'n-1', '2026-09-08', 's', '{"nodeId": "n-1", "kind": "thermostat", "deviceId": "d-other"}', now(), '${RUN}');
    insert into raw.daily_aggregates (device_id, metric, date, customer_id, shard, payload, observed_at, run_id) values
      ('d-own', 'rssi', '2026-09-07', '${GONE}', 's', '{}', now(), '${RUN}'),
      ('d-other', 'rssi', '2026-09-07', 'c-0007', 's', '{}', now(), '${RUN}');
    insert into raw.battery_measurements (measurement_id, measured_at, recorded_at, payload, observed_at, run_id)
      select number * 100 + day, ${moment}, ${moment}, jsonb_build_object('device_id', id), now(), '${RUN}' from ${devices}, ${days};
    insert into raw.battery_replacements (replacement_id, replaced_at, recorded_at, payload, observed_at, run_id)
      select number * 100 + day, ${moment}, ${moment}, jsonb_build_object('device_id', id), now(), '${RUN}' from ${devices}, ${days};
    insert into raw.battery_eval_results (device_id, algorithm, evaluated_at, folder_date, object_key, line_number, payload, observed_at, run_id)
      select id, 'knee', ${moment}, '2026-09-14', 'key', number * 100 + day, '{}', now(), '${RUN}' from ${devices}, ${days};
    insert into raw.battery_eval_results_stage (algorithm, folder_date, part_number, line_number, evaluated_at, device_id, object_key, payload, observed_at, run_id)
      select 'knee', '2026-09-15', 0, number * 100 + day, ${moment}, id, 'key', '{}', now(), '${RUN}' from ${devices}, ${days};
    insert into ops.runs (run_id, job, scheduled_for, cause, state, reason)
      values ('${RUN}', 'job', '2026-09-12', 'manual', 'failed', 'customer ${GONE}: 3 of c-0007 failed');
    insert into ops.steps (run_id, asset, kind, state, error_message)
      values ('${RUN}', 'raw.device_last_updates', 'extract', 'failed', 'task s/${GONE}.');
    insert into ops.tasks (run_id, asset, task_key, shard, customer_id, state, cursor, error_message)
      select '${RUN}', 'raw.device_last_updates', 's/' || customer, 's', customer, 'queued', 'd-' || customer, 'of ${GONE}'
      from unnest(array['${GONE}', 'c-0007', 'c-0007.xy']) as customer;
    insert into ops.quarantine (run_id, asset, task_key, position, reason)
      select '${RUN}', 'raw.device_last_updates', 's/' || customer, 'page 1', 'not_an_object' from unnest(array['${GONE}', 'c-0007']) as customer;
    insert into ops.backfills (target, job, assets, range_start, range_end, ticks, customers, concurrency)
      values ('raw.daily_aggregates', 'job', '{}', '2026-09-12', '2026-09-13', '{}', array['${GONE}', 'c-0007'], 1);
    insert into ops.run_events (run_id, task_key, kind, detail) values ('${RUN}', 's/${GONE}', 'task_failed', '{"message": "of ${GONE}"}');
  `);
  await sandbox.build([], { verb: 'build' });
}

const REMAINING = (table: string, id: string, moment: string): string =>
  `select ${id} as id, array_agg(extract(day from ${moment} at time zone 'UTC')::int order by ${moment}) as days
   from ${table} where ${id} <> 'd-other' group by 1 order by 1`;

/** The customer's identifier as a word; those of others begin like it. */
const AS_WORD = String.raw`c-0007\.x\M`;

describe('forgetting a customer', () => {
  beforeEach(fill);

  test('leaves no trace of it in any table, and everything of others', async () => {
    expect(Object.keys(await tablesMatching(sandbox.administrator, AS_WORD)).toSorted()).toEqual([
      'marts.daily_aggregates_per_device',
      'marts.fleet_overview',
      'marts.last_updates_per_day_p202609',
      'ops.backfills',
      'ops.quarantine',
      'ops.run_events_default',
      'ops.runs',
      'ops.steps',
      'ops.tasks',
      'raw.daily_aggregates_2026_09',
      'raw.device_last_updates_2026_09',
      'raw.thermostat_hierarchy_2026_09',
      'staging.int_fleet_per_day',
      'staging.int_sites_per_day',
      'staging.stg_last_updates_per_day',
    ]);
    const { tables, models } = await forgetCustomer(GONE, options({ blocks: 1 }));
    expect(await tablesMatching(sandbox.administrator, AS_WORD)).toEqual({});
    expect(await tablesMatching(sandbox.administrator, String.raw`d-(own|named|placed)\M`)).toEqual({});
    expect(models.filter(({ status }) => status === 'failed')).toEqual([]);
    expect(tables).toEqual([
      { table: 'raw.battery_measurements', rows: 14, days: 4 },
      { table: 'raw.battery_replacements', rows: 14, days: 4 },
      { table: 'raw.battery_eval_results_stage', rows: 14, days: 1 },
      { table: 'raw.battery_eval_results', rows: 14, days: 4 },
      { table: 'raw.daily_aggregates', rows: 1, days: 1 },
      { table: 'raw.thermostat_hierarchy', rows: 2, days: 1 },
      { table: 'raw.device_last_updates', rows: 4, days: 2 },
      { table: 'ops.tasks', rows: 3, days: 0 },
      { table: 'ops.quarantine', rows: 1, days: 0 },
      { table: 'ops.run_events', rows: 1, days: 0 },
      { table: 'ops.steps', rows: 1, days: 0 },
      { table: 'ops.runs', rows: 1, days: 0 },
      { table: 'ops.backfills', rows: 1, days: 0 },
    ]);
    const gold = await sandbox.rows(
      `select queried_date::text as date, device_id as id from marts.last_updates_per_day order by 1, 2`,
    );
    expect(gold).toEqual([
      { date: '2026-09-04', id: 'd-handed' },
      { date: '2026-09-04', id: 'd-other' },
      { date: '2026-09-08', id: 'd-other' },
      { date: '2026-09-12', id: 'd-handed' },
      { date: '2026-09-12', id: 'd-other' },
    ]);
    expect(await sandbox.rows('select customer_id from ops.tasks order by 1')).toEqual([
      { customer_id: 'c-0007' },
      { customer_id: 'c-0007.xy' },
    ]);
    expect(await sandbox.rows('select reason from ops.runs')).toEqual([
      { reason: 'customer a forgotten customer: 3 of c-0007 failed' },
    ]);
    expect(await sandbox.rows('select task_key from ops.quarantine order by 1')).toEqual([
      { task_key: 's/c-0007' },
      { task_key: null },
    ]);
  });

  test('leaves the rows of a device before and after it was the customer’s', async () => {
    await forgetCustomer(GONE, options());
    const handed = [{ id: 'd-handed', days: [2, 14] }];
    expect(await sandbox.rows(REMAINING('raw.battery_measurements', `payload ->> 'device_id'`, 'measured_at'))).toEqual(
      handed,
    );
    expect(await sandbox.rows(REMAINING('raw.battery_replacements', `payload ->> 'device_id'`, 'replaced_at'))).toEqual(
      handed,
    );
    expect(await sandbox.rows(REMAINING('raw.battery_eval_results', 'device_id', 'evaluated_at'))).toEqual(handed);
    expect(await sandbox.rows(REMAINING('raw.battery_eval_results_stage', 'device_id', 'evaluated_at'))).toEqual(
      handed,
    );
  });

  test('keeps how many rows of a day the battery database had, so that no day is taken for one that has grown', async () => {
    await forgetCustomer(GONE, options({ blocks: 1 }));
    const counts = await sandbox.rows(
      `select day::text, source_rows::int as rows from ops.recounted_days where asset = 'raw.battery_measurements' order by 1`,
    );
    expect(counts).toEqual([
      { day: '2026-09-02', rows: 5 },
      { day: '2026-09-06', rows: 5 },
      { day: '2026-09-10', rows: 5 },
      { day: '2026-09-14', rows: 5 },
    ]);
  });

  test.each([1, 3, 5, 7, 9])('goes on where it was interrupted, after table %i', async (number) => {
    const stop = new AbortController();
    let tables = 0;
    const onTable = (): void => {
      if (++tables === number) stop.abort(new Error('interrupted'));
    };
    await expect(forgetCustomer(GONE, options({ onTable, signal: stop.signal }))).rejects.toThrow('interrupted');
    await forgetCustomer(GONE, options());
    expect(await tablesMatching(sandbox.administrator, AS_WORD)).toEqual({});
    expect(await tablesMatching(sandbox.administrator, String.raw`d-(own|named|placed)\M`)).toEqual({});
  });

  test('finds nothing of a customer that is not there', async () => {
    const { tables } = await forgetCustomer('c-9', options());
    expect(tables.every(({ rows }) => rows === 0)).toBe(true);
  });
});

test.each(['', 'c 1', `c'; drop table raw.daily_aggregates; --`, '../c'])('%j is no customer', async (text) => {
  await expect(forgetCustomer(text, options())).rejects.toThrow(UsageError);
});
