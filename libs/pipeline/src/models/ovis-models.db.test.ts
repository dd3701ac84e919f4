import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openModelSandbox, type ModelSandbox } from '../testing/model-sandbox.ts';

let sandbox: ModelSandbox;

beforeAll(async () => {
  sandbox = await openModelSandbox(['2026-09-01']);
});

beforeEach(() => sandbox.clear());

afterAll(async () => {
  await sandbox[Symbol.asyncDispose]();
});

describe('the models of the platform', () => {
  test('build with their tests, and gold has every device whether or not the seeds know it', async () => {
    await sandbox.load('2026-09-15T00:00:00Z', [
      { deviceId: 'd-1', customerId: 'c-000011', payload: { embeddedVersion: '5.12.0', uptime: 5 } },
      { deviceId: 'd-2', customerId: 'c-000013', payload: { embeddedVersion: '5.13.1', heatingMode: 'AUTO' } },
      { deviceId: 'd-3', customerId: 'c-999999', payload: { embeddedVersion: '0.0.1' } },
      { deviceId: 'd-4', customerId: 'c-000001', payload: {} },
    ]);
    await sandbox.build([], { verb: 'build' });
    const gold = await sandbox.rows(
      `select device_id, days_since_firmware_deployment as days, is_in_data_collection as counts
       from marts.last_updates_per_day order by device_id`,
    );
    expect(gold).toEqual([
      { device_id: 'd-1', days: 1, counts: true },
      { device_id: 'd-2', days: -71, counts: false },
      { device_id: 'd-3', days: null, counts: false },
      { device_id: 'd-4', days: null, counts: true },
    ]);
  });

  test('gold is partitioned by month into unlogged tables, with its five indexes, for ovis_reader to read', async () => {
    await sandbox.build([], { verb: 'build' });
    const found = await sandbox.rows(
      `select relkind as kind,
         (select array_agg(distinct relpersistence::text) from pg_inherits join pg_class on pg_class.oid = inhrelid where inhparent = c.oid) as persistence,
         has_table_privilege('ovis_reader', c.oid, 'select') as readable,
         (select array_agg(pg_get_indexdef(indexrelid, 1, true) order by pg_get_indexdef(indexrelid, 1, true)) from pg_index where indrelid = c.oid) as indexed
       from pg_class as c where oid = 'marts.last_updates_per_day'::regclass`,
    );
    const indexed = ['customer_id', 'device_id', 'embedded_version', 'hardware_version', 'queried_date'];
    expect(found).toEqual([{ kind: 'p', persistence: ['u'], readable: true, indexed }]);
    const others = await sandbox.rows(
      `select n.nspname from pg_namespace as n where n.nspname in ('raw', 'ops', 'staging', 'seeds') and has_schema_privilege('ovis_reader', n.oid, 'usage')`,
    );
    expect(others).toEqual([]);
  });

  test('describe every column, and no other', async () => {
    await sandbox.build([], { verb: 'build' });
    const undescribed = await sandbox.rows(
      `select c.oid::regclass::text as relation, a.attname as column
       from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
         join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
       where n.nspname in ('staging', 'marts', 'seeds') and c.relkind in ('r', 'v', 'p') and not c.relispartition and c.relname <> 'ovis_unlogged_marker'
         and col_description(c.oid, a.attnum) is null`,
    );
    expect(undescribed).toEqual([]);
  });

  test('silver types what has the right type and makes the rest null', async () => {
    await sandbox.load('2026-09-15T00:00:00Z', [
      {
        deviceId: 'd-1',
        payload: {
          uptime: 'long',
          batteryVoltage: 1e300,
          lastSeenAt: 'infinity',
          temperature: { value: 3 },
          calibrationTotal: [1],
          connectivity: { rssi: 1e12, ratio24h: 0.5 },
          configuration: { childLock: 'perhaps', userSetTemp: 21.5, heatingMode: 'AUTO' },
        },
      },
    ]);
    await sandbox.build(['stg_last_updates']);
    const [row] = await sandbox.rows(
      `select uptime_seconds, battery_voltage, last_seen_at, temperature_celsius, calibration_total, rssi_dbm, connectivity_ratio_24h,
         child_lock, user_set_temp_celsius, heating_mode from staging.stg_last_updates`,
    );
    expect(row).toEqual({
      uptime_seconds: null,
      battery_voltage: 1e300,
      last_seen_at: null,
      temperature_celsius: null,
      calibration_total: null,
      rssi_dbm: null,
      connectivity_ratio_24h: 0.5,
      child_lock: null,
      user_set_temp_celsius: 21.5,
      heating_mode: 'AUTO',
    });
  });

  test('no document stops a build', async () => {
    await sandbox.build(['stg_last_updates']);
    const fields = ['uptime', 'lastSeenAt', 'temperature', 'calibrationTotal', 'connectivity', 'configuration'];
    const odd = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom<unknown>('NaN', '-infinity', '1e999', 1e308, '0001-01-01 BC', '294277-01-01T00:00:00Z', 'now'),
    );
    // PostgreSQL's JSON knows no NUL character; the loader takes it out.
    const payload = fc
      .dictionary(fc.constantFrom(...fields), odd)
      .filter((document) => !JSON.stringify(document).includes(String.raw`\u0000`) && isWellFormed(document));
    await fc.assert(
      fc.asyncProperty(fc.array(payload, { minLength: 1, maxLength: 20 }), async (payloads) => {
        await sandbox.clear();
        const snapshots = payloads.map((document, index) => ({ deviceId: `d-${String(index)}`, payload: document }));
        await sandbox.load('2026-09-15T00:00:00Z', snapshots);
        await sandbox.load('2026-09-16T00:00:00Z', snapshots.toReversed());
        await sandbox.build(['stg_last_updates_per_day']);
        const [count] = await sandbox.rows<{ n: number }>(
          `select count(*)::int as n from staging.stg_last_updates_per_day`,
        );
        expect(count?.n).toBe(2 * payloads.length);
      }),
      { numRuns: 15, seed: 20_261_002 },
    );
  });
});

function isWellFormed(document: unknown): boolean {
  return !/\\ud[89a-f]/i.test(JSON.stringify(document));
}
