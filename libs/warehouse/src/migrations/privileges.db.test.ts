import { createTestDatabase } from '@ovis/dev-stack/testing';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPool } from '../connection/pool.ts';

const pools: Record<'ovis_loader' | 'ovis_modeler' | 'ovis_reader', Pool | null> = {
  ovis_loader: null,
  ovis_modeler: null,
  ovis_reader: null,
};
let drop: () => Promise<void>;

beforeAll(async () => {
  const database = await createTestDatabase();
  for (const role of ['ovis_loader', 'ovis_modeler', 'ovis_reader'] as const) {
    pools[role] = createPool({ url: database.url, applicationName: 'test', role, max: 1 });
  }
  drop = () => database.drop();
});

afterAll(async () => {
  for (const pool of Object.values(pools)) await pool?.end();
  await drop();
});

async function as(role: keyof typeof pools, sql: string): Promise<unknown> {
  return (await pools[role]?.query(sql))?.rows;
}

const NEW_MONTH = `
  create table raw.device_last_updates_2026_11 (like raw.device_last_updates including all);
  alter table raw.device_last_updates attach partition raw.device_last_updates_2026_11 for values from ('2026-11-01') to ('2026-12-01');
  insert into raw.device_last_updates values ('d-1', '2026-11-01', 's', 'c', '{}', now(), gen_random_uuid())`;

describe('the roles', () => {
  test('the loader makes months and writes raw and ops; the modeler reads them and makes models; the reader reads marts', async () => {
    await as('ovis_loader', NEW_MONTH);
    await as(
      'ovis_loader',
      `insert into ops.touched_days (table_name, day) values ('raw.device_last_updates', '2026-11-01')`,
    );
    const raw = await as('ovis_modeler', 'select device_id from raw.device_last_updates_2026_11');
    expect(raw).toEqual([{ device_id: 'd-1' }]);
    await as('ovis_modeler', 'create view staging.v as select device_id from raw.device_last_updates');
    await as(
      'ovis_modeler',
      `create table marts.t as select v.device_id, (select sum(touches) from ops.touched_days) as n from staging.v as v`,
    );
    expect(await as('ovis_reader', 'select * from marts.t')).toEqual([{ device_id: 'd-1', n: '1' }]);
  });

  test.each([
    ['ovis_loader', 'update ops.touched_days set touches = 2'],
    ['ovis_loader', 'delete from ops.touched_days'],
    ['ovis_loader', 'create table marts.mine (a int)'],
    ['ovis_loader', 'delete from migrations.applied'],
    ['ovis_modeler', `delete from raw.device_last_updates`],
    ['ovis_modeler', 'select * from ops.runs'],
    ['ovis_modeler', 'select * from pgboss.job'],
    ['ovis_reader', 'select * from raw.device_last_updates'],
    ['ovis_reader', 'select * from staging.v'],
    ['ovis_reader', 'create table marts.mine (a int)'],
    ['ovis_reader', 'select ops.ensure_run_events_month(now())'],
  ] as const)('%s may not: %s', async (role, sql) => {
    await expect(as(role, sql)).rejects.toMatchObject({ code: '42501' });
  });

  test('an event finds its place before and after its month is made', async () => {
    const insert = `insert into ops.run_events (kind, occurred_at) values ('started', '2026-12-31T23:59:59Z'), ('started', '2027-01-01T00:00:00Z')`;
    await as('ovis_loader', insert);
    for (const _ of [1, 2]) {
      expect(await as('ovis_loader', `select ops.ensure_run_events_month('2026-12-31T23:59:59Z') as leaf`)).toEqual([
        { leaf: 'run_events_2026_12' },
      ]);
    }
    await as('ovis_loader', insert);
    const places = `select tableoid::regclass::text as place, count(*)::int as events from ops.run_events group by 1 order by 1`;
    expect(await as('ovis_loader', places)).toEqual([
      { place: 'ops.run_events_2026_12', events: 2 },
      { place: 'ops.run_events_default', events: 2 },
    ]);
  });
});
