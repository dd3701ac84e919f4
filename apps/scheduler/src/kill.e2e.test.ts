import { createTestDatabase, type TestDatabase } from '@ovis/dev-stack/testing';
import { startSimulator, type Simulator } from '@ovis/fleet-simulator';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runScheduler, settingsFor, startScheduler } from './testing/run-scheduler.ts';

const NOON = '2026-11-23T12:00:00Z';
const RUN = ['run', 'twelve_hourly_elt', '--now', NOON];

/** Everything that a run leaves in tables, without the columns that differ from run to run by their nature. */
const CONTENTS = {
  device_last_updates:
    'select device_id, queried_at, shard, customer_id, payload from raw.device_last_updates order by 1, 2',
  thermostat_hierarchy:
    'select customer_id, node_id, queried_at, shard, payload from raw.thermostat_hierarchy order by 1, 2, 3',
  gold: `select to_jsonb(t) - '{observed_at,run_id,loaded_at,day_version}'::text[] as row from marts.last_updates_per_day as t order by device_id, queried_date`,
};

let simulator: Simulator;
let undisturbed: Readonly<Record<string, string>>;

beforeAll(async () => {
  simulator = await startSimulator({ devices: 1500, shards: 5, seed: 5, now: NOON, latencyMs: 20 });
  await using database = await createTestDatabase();
  const ended = await runScheduler(RUN, settingsFor(database.url, simulator));
  if (ended.exitCode !== 0) throw new Error(`the undisturbed run failed: ${ended.stderr}`);
  undisturbed = await digestsOf(database);
});

afterAll(async () => {
  await simulator.close();
});

async function digestsOf(database: TestDatabase): Promise<Readonly<Record<string, string>>> {
  const client = new Client({ connectionString: database.url });
  await client.connect();
  try {
    const digests: Record<string, string> = {};
    for (const [name, sql] of Object.entries(CONTENTS)) {
      const { rows } = await client.query<{ digest: string }>(
        `select count(*) || ' rows, ' || md5(string_agg(t::text, '|')) as digest from (${sql}) as t`,
      );
      digests[name] = rows[0]?.digest ?? '';
    }
    return digests;
  } finally {
    await client.end();
  }
}

async function tasksDone(url: string): Promise<number> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ done: number }>(
      `select count(*)::int as done from ops.tasks where state = 'succeeded'`,
    );
    return rows[0]?.done ?? 0;
  } finally {
    await client.end();
  }
}

test.each([1, 15, 40])(
  'a run killed with SIGKILL after %i tasks goes on, and its tables equal those of an undisturbed run',
  async (killAfter) => {
    await using database = await createTestDatabase();
    const settings = settingsFor(database.url, simulator);
    const { child, ended } = startScheduler(RUN, settings);
    await expect
      .poll(() => tasksDone(database.url), { timeout: 60_000, interval: 5 })
      .toBeGreaterThanOrEqual(killAfter);
    child.kill('SIGKILL');
    await ended;
    const doneBefore = await tasksDone(database.url);

    simulator.resetRequests();
    const again = await runScheduler(RUN, settings);
    expect(again.exitCode, again.stderr).toBe(0);
    expect(again.stderr).toContain('attempt 2');
    expect(await digestsOf(database)).toEqual(undisturbed);
    // What was done is not asked for again: each customer's two listings take one request at this size.
    const asked = simulator.requests.reduce((sum, shard) => sum + shard.total, 0);
    const customers = simulator.truth.customers(new Date(NOON)).length;
    expect(asked).toBeLessThan(2 * customers - doneBefore + 30);
  },
);

test('a run ended with SIGTERM says so, exits with code 130, and goes on the next time', async () => {
  await using database = await createTestDatabase();
  const settings = settingsFor(database.url, simulator);
  const { child, ended } = startScheduler(RUN, settings);
  await expect.poll(() => tasksDone(database.url), { timeout: 60_000, interval: 5 }).toBeGreaterThanOrEqual(5);
  child.kill('SIGTERM');
  const { exitCode, stdout } = await ended;
  expect(exitCode).toBe(130);
  expect(stdout).toContain('interrupted; run the same command again to go on');
  expect((await runScheduler(RUN, settings)).exitCode).toBe(0);
  expect(await digestsOf(database)).toEqual(undisturbed);
});
