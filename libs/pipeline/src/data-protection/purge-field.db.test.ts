import { resolve } from 'node:path';
import { UsageError } from '@ovis/orchestrator';
import { createPool } from '@ovis/warehouse';
import type { Pool } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openModelSandbox, type ModelSandbox } from '../testing/model-sandbox.ts';
import { parsePurgeTarget, purgeField, type RemovalOptions } from './purge-field.ts';

const TARGET = parsePurgeTarget('DeviceState.location.latitude');

let sandbox: ModelSandbox;
let pool: Pool;

beforeAll(async () => {
  sandbox = await openModelSandbox(['2026-09-01', '2026-10-01']);
  pool = createPool({ url: sandbox.databaseUrl, applicationName: 'test', role: 'ovis_loader', max: 4 });
});

beforeEach(() => sandbox.clear());

afterAll(async () => {
  await pool.end();
  await sandbox[Symbol.asyncDispose]();
});

function options(other: Partial<RemovalOptions> = {}): RemovalOptions {
  const directory = resolve(import.meta.dirname, '../../../../models');
  return { pool, models: { directory, databaseUrl: sandbox.databaseUrl, threads: 2 }, ...other };
}

/** Devices of two months; every second one has the field. */
async function loadDevices(count: number): Promise<void> {
  for (const day of ['2026-09-30T12:00:00Z', '2026-10-01T00:00:00Z']) {
    await sandbox.load(
      day,
      Array.from({ length: count }, (_, index) => ({
        deviceId: `d-${String(index)}`,
        payload: {
          uptime: 5,
          notes: 'x'.repeat(300),
          ...(index % 2 === 0 ? { location: { latitude: 52.123, ...(index % 4 === 0 ? { longitude: 13 } : {}) } } : {}),
        },
      })),
    );
  }
}

const LEFT = `select count(*)::int as all, count(*) filter (where payload::text like '%52.123%')::int as "with"
  from raw.device_last_updates`;

describe('purging a field', () => {
  test('removes it everywhere, with the objects that it leaves empty, and rebuilds what is downstream', async () => {
    await loadDevices(400);
    await sandbox.build([], { verb: 'build' });
    const [before] = await sandbox.rows<{ version: number }>(
      `select max(day_version)::int as version from staging.stg_last_updates_per_day`,
    );
    const { tables, models } = await purgeField(TARGET, options({ blocks: 3 }));
    expect(tables).toEqual([{ table: 'raw.device_last_updates', rows: 400, days: 2 }]);
    expect(await sandbox.rows(LEFT)).toEqual([{ all: 800, with: 0 }]);
    const shapes = await sandbox.rows(
      `select payload - 'notes' as payload, count(*)::int from raw.device_last_updates group by 1 order by 2 desc`,
    );
    expect(shapes).toEqual([
      { payload: { uptime: 5 }, count: 600 },
      { payload: { uptime: 5, location: { longitude: 13 } }, count: 200 },
    ]);
    expect(models.filter(({ status }) => status === 'failed')).toEqual([]);
    const [after] = await sandbox.rows<{ version: number; days: number }>(
      `select min(day_version)::int as version, count(distinct queried_date)::int as days from staging.stg_last_updates_per_day`,
    );
    expect(after?.days).toBe(2);
    expect(after?.version).toBeGreaterThan(before?.version ?? 0);
    expect(await purgeField(TARGET, options())).toMatchObject({ tables: [{ rows: 0, days: 0 }] });
  });

  test('goes on where it was interrupted', async () => {
    await loadDevices(400);
    const stop = new AbortController();
    let statements = 0;
    const interrupted = new Proxy(pool, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (name === 'connect' && ++statements > 3) stop.abort(new Error('interrupted'));
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const first = purgeField(TARGET, options({ pool: interrupted, blocks: 2, signal: stop.signal }));
    await expect(first).rejects.toThrow('interrupted');
    const [half] = await sandbox.rows<{ with: number }>(LEFT);
    expect(half?.with).toBeGreaterThan(0);
    expect(half?.with).toBeLessThan(400);
    const { tables } = await purgeField(TARGET, options());
    expect(tables[0]?.rows).toBe(half?.with);
    expect(await sandbox.rows(LEFT)).toEqual([{ all: 800, with: 0 }]);
  });

  test('reaches the stage of evaluation results too', async () => {
    await sandbox.administrator.query(
      `insert into raw.battery_eval_results_stage (algorithm, folder_date, part_number, line_number, evaluated_at, device_id, object_key, payload, observed_at, run_id)
       values ('knee', '2026-09-01', 0, 1, '2026-09-01', 'd-1', 'key', '{"reviewedBy": "x", "confidence": 1}', now(), gen_random_uuid())`,
    );
    const { tables } = await purgeField(parsePurgeTarget('battery_eval_result.reviewedBy'), options());
    expect(tables).toEqual([
      { table: 'raw.battery_eval_results', rows: 0, days: 0 },
      { table: 'raw.battery_eval_results_stage', rows: 1, days: 1 },
    ]);
    expect(await sandbox.rows('select payload from raw.battery_eval_results_stage')).toEqual([
      { payload: { confidence: 1 } },
    ]);
    expect(await sandbox.rows('select * from ops.touched_days')).toEqual([]);
  });
});

describe(parsePurgeTarget, () => {
  test.each([
    ['DeviceState.uptime', 'the allowlist of DeviceState still lets uptime pass'],
    ['DeviceState.connectivity', 'still lets connectivity.ratio24h, connectivity.rssi pass'],
    ['DeviceState.uptime.seconds', 'still lets uptime pass'],
    ['DeviceState.', 'is no path of names joined by dots'],
    [`DeviceState.a'b`, 'is no path of names joined by dots'],
    ['Customer.name', 'names no stored entity'],
    ['macAddress', 'names no stored entity; expected <Entity.path>'],
  ])('refuses %s', (text, message) => {
    const parse = (): unknown => parsePurgeTarget(text);
    expect(parse).toThrow(UsageError);
    expect(parse).toThrow(message);
  });
});
