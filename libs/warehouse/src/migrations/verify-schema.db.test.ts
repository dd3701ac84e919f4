import { Client } from 'pg';
import { createTestDatabase } from '@ovis/dev-stack/testing';
import { describe, expect, test } from 'vitest';
import { verifySchema } from './verify-schema.ts';

async function driftAfter(change: string): Promise<string> {
  await using database = await createTestDatabase();
  const client = new Client({ connectionString: database.url });
  await client.connect();
  try {
    await client.query(change);
  } finally {
    await client.end();
  }
  const { pending, unknown, drift } = await verifySchema({ databaseUrl: database.url });
  expect({ pending, unknown }).toEqual({ pending: [], unknown: [] });
  return drift;
}

describe(verifySchema, () => {
  test('finds nothing in a database that was only migrated', async () => {
    expect(await driftAfter('select 1')).toBe('');
  });

  test.each([
    ['a column', 'alter table ops.runs add column note text', '+   note text,'],
    [
      'a type',
      'alter table ops.materializations alter column customers type bigint',
      '-   customers integer,\n+   customers bigint,',
    ],
    [
      'a default',
      'alter table ops.runs alter column attempt drop default',
      '-   attempt integer not null default 0,\n+   attempt integer not null,',
    ],
    ['not null', 'alter table ops.runs alter column job drop not null', '-   job text not null,\n+   job text,'],
    [
      'a constraint',
      'alter table ops.loaded_intervals drop constraint loaded_intervals_not_empty',
      '-   constraint loaded_intervals_not_empty CHECK',
    ],
    ['an index', 'drop index ops.runs_open_idx', '- CREATE INDEX runs_open_idx'],
    ['a table', 'create table raw.mine (a int)', '+ create table raw.mine ('],
    ['a view', 'create view ops.open_runs as select run_id from ops.runs', '+ create view ops.open_runs as'],
    ['a function', `create function ops.f() returns int language sql return 1`, '+ CREATE OR REPLACE FUNCTION ops.f()'],
    [
      'a trigger',
      `create trigger t before update on ops.runs for each row execute function suppress_redundant_updates_trigger()`,
      '+ CREATE TRIGGER t BEFORE UPDATE ON ops.runs',
    ],
    [
      'an owner',
      'alter table raw.device_last_updates owner to ovis_modeler',
      '- alter table raw.device_last_updates owner to ovis_loader;',
    ],
    ['a grant', 'grant select on ops.runs to ovis_reader', '+ grant select on ops.runs to ovis_reader;'],
    [
      'a default privilege',
      'alter default privileges in schema marts revoke select on tables from ovis_reader',
      '- alter default privileges for role current_user in schema marts grant select on tables to ovis_reader;',
    ],
    ['a comment', `comment on column ops.runs.job is null`, '- comment on column ops.runs.job is'],
    [
      'persistence',
      'alter table ops.touched_days set unlogged',
      '- create table ops.touched_days (\n+ create unlogged table ops.touched_days (',
    ],
  ])('finds %s', async (_, change, expected) => {
    expect(await driftAfter(change)).toContain(expected);
  });

  test('takes months, days of the queue and its partitioned queues for what they are', async () => {
    const drift = await driftAfter(`
      set role ovis_loader;
      create table raw.device_last_updates_2026_11 (like raw.device_last_updates including all);
      alter table raw.device_last_updates attach partition raw.device_last_updates_2026_11 for values from ('2026-11-01') to ('2026-12-01');
      create table raw.thermostat_hierarchy_2026_12 partition of raw.thermostat_hierarchy for values from ('2026-12-01') to ('2027-01-01');
      select ops.ensure_run_events_month('2026-11-05');
      create table pgboss.queue_stats_20261201 partition of pgboss.queue_stats for values from ('2026-12-01') to ('2026-12-02');
      select pgboss.create_queue('a', '{"partition": "true", "policy": "standard"}')`);
    expect(drift).toBe('');
  });

  test('finds a partition that is no month, and an index that only one month has', async () => {
    expect(
      await driftAfter(
        `create table raw.decade partition of raw.device_last_updates for values from ('2020-01-01') to ('2030-01-01')`,
      ),
    ).toContain('+ create table raw.decade partition of raw.device_last_updates FOR VALUES FROM');
    expect(
      await driftAfter(
        `create table raw.november partition of raw.device_last_updates for values from ('2026-11-01') to ('2026-12-01');
         create index only_here on raw.november (customer_id)`,
      ),
    ).toContain('+ CREATE INDEX only_here ON raw.november');
  });

  test('does not look at what models and others make', async () => {
    const drift = await driftAfter(
      `create table marts.a (b int); create view staging.c as select 1; create schema grafana; create table grafana.d (e int); create table public.f (g int)`,
    );
    expect(drift).toBe('');
  });

  test('says which migrations are missing', async () => {
    await using database = await createTestDatabase({ empty: true });
    const { pending } = await verifySchema({ databaseUrl: database.url });
    expect(pending[0]).toBe('0001_roles-and-schemas');
  });
});
