import { createTestDatabase } from '@ovis/dev-stack/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { digestsOf, tasksDone } from './testing/digests.ts';
import { runScheduler, startScheduler } from './testing/run-scheduler.ts';
import { startSources, type SimulatedSources } from './testing/sources.ts';

const NOON = '2026-11-23T12:00:00Z';
const runOf = (job: string): readonly string[] => ['run', job, '--now', NOON];

let sources: SimulatedSources;

beforeAll(async () => {
  sources = await startSources({
    devices: 500,
    customers: 30,
    shards: 5,
    seed: 5,
    now: NOON,
    latencyMs: 20,
    historyDays: 6,
  });
});

afterAll(async () => {
  await sources[Symbol.asyncDispose]();
});

describe.each([
  ['twelve_hourly_elt', [1, 8, 15, 25, 40]],
  ['daily_aggregates_elt', [1, 4, 8, 12, 18]],
  ['battery_algorithm_eval_results_elt', [1, 3, 6, 10, 14]],
] as const)('%s', (job, moments) => {
  let undisturbed: Readonly<Record<string, string>>;

  beforeAll(async () => {
    await using database = await createTestDatabase();
    const ended = await runScheduler(runOf(job), { ...sources.settings, DATABASE_URL: database.url });
    if (ended.exitCode !== 0) throw new Error(`the undisturbed run failed: ${ended.stderr}`);
    undisturbed = await digestsOf(database.url);
  });

  test.each(moments)(
    'killed with SIGKILL after %i tasks goes on, and its tables equal those of an undisturbed run',
    async (killAfter) => {
      await using database = await createTestDatabase();
      const settings = { ...sources.settings, DATABASE_URL: database.url };
      const { child, ended } = startScheduler(runOf(job), settings);
      await expect
        .poll(() => tasksDone(database.url), { timeout: 60_000, interval: 5 })
        .toBeGreaterThanOrEqual(killAfter);
      child.kill('SIGKILL');
      await ended;
      // Otherwise it came to its end before.
      expect(child.signalCode).toBe('SIGKILL');
      const again = await runScheduler(runOf(job), settings);
      expect(again.exitCode, again.stderr).toBe(0);
      expect(await digestsOf(database.url)).toEqual(undisturbed);
    },
  );
});

test('what was done before a kill is not asked for again', async () => {
  await using database = await createTestDatabase();
  const settings = { ...sources.settings, DATABASE_URL: database.url };
  const { child, ended } = startScheduler(runOf('twelve_hourly_elt'), settings);
  await expect.poll(() => tasksDone(database.url), { timeout: 60_000, interval: 5 }).toBeGreaterThanOrEqual(15);
  child.kill('SIGKILL');
  await ended;
  const doneBefore = await tasksDone(database.url);
  sources.simulator.resetRequests();
  const again = await runScheduler(runOf('twelve_hourly_elt'), settings);
  expect(again.stderr).toContain('attempt 2');
  // A customer's two listings take few requests at this size.
  const asked = sources.simulator.requests.reduce((sum, shard) => sum + shard.total, 0);
  const customers = sources.simulator.truth.customers(new Date(NOON)).length;
  expect(asked).toBeLessThan(2 * customers - doneBefore + 40);
});

test('a run ended with SIGTERM says so, exits with code 130, and goes on the next time', async () => {
  await using database = await createTestDatabase();
  const settings = { ...sources.settings, DATABASE_URL: database.url };
  const run = runOf('daily_aggregates_elt');
  const { child, ended } = startScheduler(run, settings);
  await expect.poll(() => tasksDone(database.url), { timeout: 60_000, interval: 5 }).toBeGreaterThanOrEqual(2);
  child.kill('SIGTERM');
  const { exitCode, stdout } = await ended;
  expect(exitCode).toBe(130);
  expect(stdout).toContain('interrupted; run the same command again to go on');
  expect((await runScheduler(run, settings)).exitCode).toBe(0);
});
