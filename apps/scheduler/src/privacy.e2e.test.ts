import { createTestDatabase } from '@ovis/dev-stack/testing';
import { CANARY_MARKS, startSimulator } from '@ovis/fleet-simulator';
import { Client } from 'pg';
import { expect, test } from 'vitest';
import { runScheduler, settingsFor } from './testing/run-scheduler.ts';

const NOON = '2026-11-23T12:00:00Z';

test('a run against untidy shards leaves no personal value in any table, nor in what the program says', async () => {
  await using simulator = await startSimulator({ devices: 1500, shards: 5, seed: 21, now: NOON, profile: 'untidy' });
  await using database = await createTestDatabase();
  const ended = await runScheduler(['run', 'twelve_hourly_elt', '--now', NOON], {
    ...settingsFor(database.url, simulator),
    OVIS_DEBUG: '1',
  });
  const broken = simulator.truth.brokenCustomers(new Date(NOON)).map((customer) => customer.customerId);
  expect(broken.length).toBeGreaterThan(0);
  for (const customerId of broken) expect(ended.stderr).toContain(customerId);
  expect([1, 3]).toContain(ended.exitCode);

  const said = `${ended.stdout}${ended.stderr}`.toLowerCase();
  expect(CANARY_MARKS.filter((mark) => said.includes(mark.toLowerCase()))).toEqual([]);
  expect(await tablesWith(database.url, CANARY_MARKS)).toEqual([]);
  // The search itself finds what is there.
  expect(await tablesWith(database.url, ['d-0000'])).toContain('raw.device_last_updates');
});

/** Every table, the queue's and the partitions included, of which some row's text holds one of the marks. */
async function tablesWith(url: string, marks: readonly string[]): Promise<readonly string[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      `select format('%I.%I', n.nspname, c.relname) as name
       from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
       where c.relkind in ('r', 'p', 'm') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast') order by 1`,
    );
    const patterns = marks.map((mark) => `%${mark.toLowerCase()}%`);
    const found: string[] = [];
    for (const { name } of tables) {
      const { rows } = await client.query<{ hit: boolean }>(
        `select exists (select from ${name} as t where lower(t::text) like any ($1)) as hit`,
        [patterns],
      );
      if (rows[0]?.hit) found.push(name);
    }
    return found;
  } finally {
    await client.end();
  }
}
