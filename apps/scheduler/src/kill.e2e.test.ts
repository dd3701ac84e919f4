import { createTestDatabase } from '@ovis/dev-stack/testing';
import { startSimulator, type Simulator } from '@ovis/fleet-simulator';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { digestsOf, tasksDone } from './testing/digests.ts';
import { runScheduler, settingsFor, startScheduler } from './testing/run-scheduler.ts';

const NOON = '2026-11-23T12:00:00Z';
const RUN = ['run', 'twelve_hourly_elt', '--now', NOON];

let simulator: Simulator;
let undisturbed: Readonly<Record<string, string>>;

beforeAll(async () => {
  simulator = await startSimulator({ devices: 1500, shards: 5, seed: 5, now: NOON, latencyMs: 20 });
  await using database = await createTestDatabase();
  const ended = await runScheduler(RUN, settingsFor(database.url, simulator));
  if (ended.exitCode !== 0) throw new Error(`the undisturbed run failed: ${ended.stderr}`);
  undisturbed = await digestsOf(database.url);
});

afterAll(async () => {
  await simulator.close();
});

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
    expect(await digestsOf(database.url)).toEqual(undisturbed);
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
  expect(await digestsOf(database.url)).toEqual(undisturbed);
});
