import { createTestDatabase, type TestDatabase } from '@ovis/dev-stack/testing';
import { ensureMonths } from '@ovis/raw-loader';
import { createPool } from '@ovis/warehouse';
import { Client, type Pool } from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { dailyAggregatesTable, deviceLastUpdatesTable } from '../assets/raw-tables.ts';
import { applyRetention, retainedTables, type RetentionOptions, type RetentionResult } from './retention.ts';

const NOW = new Date('2026-11-23T12:00:00Z');
const MONTHS = ['2026-08', '2026-09', '2026-10', '2026-11'];

let database: TestDatabase;
let pool: Pool;

beforeEach(async () => {
  database = await createTestDatabase();
  pool = createPool({ url: database.url, applicationName: 'test', role: 'ovis_loader', max: 3 });
  await ensureMonths({ pool, table: deviceLastUpdatesTable, months: MONTHS });
  await ensureMonths({ pool, table: dailyAggregatesTable, months: MONTHS });
});

afterEach(async () => {
  await pool.end();
  await database.drop();
});

function retain(
  months: number | null,
  monthsByTable: Record<string, number | null> = {},
  other: Partial<RetentionOptions> = {},
): Promise<readonly RetentionResult[]> {
  return applyRetention({ pool, retention: { months, monthsByTable }, now: NOW, ...other });
}

/** Months of the tables that are there, attached or not. */
async function monthsThere(): Promise<Readonly<Record<string, string>>> {
  const { rows } = await pool.query<{ name: string; months: string }>(
    `select left(relname, -8) as name, string_agg(right(relname, 2), ' ' order by relname) as months from pg_class
     where relkind = 'r' and relnamespace = 'raw'::regnamespace and relname ~ '_[0-9]{4}_[0-9]{2}$' group by 1`,
  );
  return Object.fromEntries(rows.map(({ name, months }) => [name, months]));
}

const ALL = '08 09 10 11';

describe('retention of raw months', () => {
  test('keeps everything when nothing is set', async () => {
    const results = await retain(null);
    expect(results).toEqual(
      retainedTables.map((table) => ({ table: `raw.${table}`, months: null, dropped: [], rows: null })),
    );
    expect(await monthsThere()).toEqual({ device_last_updates: ALL, daily_aggregates: ALL });
  });

  test('drops what is older than the whole months that are kept; a table’s own number wins', async () => {
    const results = await retain(1, { daily_aggregates: 2 });
    expect(results.filter(({ dropped }) => dropped.length > 0)).toEqual([
      {
        table: 'raw.device_last_updates',
        months: 1,
        dropped: ['device_last_updates_2026_08', 'device_last_updates_2026_09'],
        rows: null,
      },
      { table: 'raw.daily_aggregates', months: 2, dropped: ['daily_aggregates_2026_08'], rows: null },
    ]);
    expect(await monthsThere()).toEqual({ device_last_updates: '10 11', daily_aggregates: '09 10 11' });
    expect((await retain(1, { daily_aggregates: null })).flatMap(({ dropped }) => dropped)).toEqual([]);
  });

  test('tells what it would drop without dropping it', async () => {
    const results = await retain(2, {}, { isDryRun: true });
    expect(results.flatMap(({ dropped }) => dropped)).toEqual([
      'device_last_updates_2026_08',
      'daily_aggregates_2026_08',
    ]);
    expect(await monthsThere()).toEqual({ device_last_updates: ALL, daily_aggregates: ALL });
  });

  test('removes the old rows of a table that has no months', async () => {
    await pool.query(
      `insert into raw.battery_replacements (replacement_id, replaced_at, recorded_at, payload, observed_at, run_id)
       select id, moment, moment, '{}', now(), gen_random_uuid()
       from (values (1, '2026-09-30 23:59:59Z'::timestamptz), (2, '2026-10-01 00:00:00Z'), (3, '2026-11-01')) as given (id, moment)`,
    );
    const counts = async (isDryRun: boolean): Promise<unknown> =>
      (await retain(1, {}, { isDryRun })).find(({ table }) => table === 'raw.battery_replacements')?.rows;
    expect(await counts(true)).toBe(1);
    expect(await counts(false)).toBe(1);
    const { rows } = await pool.query('select replacement_id::int as id from raw.battery_replacements order by 1');
    expect(rows).toEqual([{ id: 2 }, { id: 3 }]);
  });

  test('drops what an interrupted call has detached and left', async () => {
    await pool.query('alter table raw.daily_aggregates detach partition raw.daily_aggregates_2026_08');
    await retain(2);
    expect(await monthsThere()).toEqual({ device_last_updates: '09 10 11', daily_aggregates: '09 10 11' });
  });

  test('waits for a reader no longer than it was told to, and goes on when it is called again', async () => {
    const reader = new Client({ connectionString: database.url });
    await reader.connect();
    await reader.query('begin; select count(*) from raw.device_last_updates');
    const blocked = retain(2, {}, { lockTimeoutMs: 200 });
    await expect(blocked).rejects.toMatchObject({ name: 'TableBusyError', retryability: 'transient' });
    await reader.end();
    await retain(2);
    expect(await monthsThere()).toEqual({ device_last_updates: '09 10 11', daily_aggregates: '09 10 11' });
  });

  test('lets loaders make a dropped month again', async () => {
    await retain(2);
    await ensureMonths({ pool, table: deviceLastUpdatesTable, months: ['2026-08'] });
    expect(await monthsThere()).toMatchObject({ device_last_updates: ALL });
  });
});
