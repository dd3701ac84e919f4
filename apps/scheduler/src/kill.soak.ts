import { setTimeout as sleep } from 'node:timers/promises';
import { createTestDatabase } from '@ovis/dev-stack/testing';
import { expect, test } from 'vitest';
import { digestsOf } from './testing/digests.ts';
import { runScheduler, startScheduler } from './testing/run-scheduler.ts';
import { startSources } from './testing/sources.ts';

const NOON = '2026-11-23T12:00:00Z';
const KILLS = 50;
const LONGEST_LIFE_MS = 6_000;

test.each(['twelve_hourly_elt', 'daily_aggregates_elt', 'battery_algorithm_eval_results_elt'])(
  `%s killed ${String(KILLS)} times at random moments ends with the tables of an undisturbed run`,
  { timeout: 1_800_000 },
  async (job) => {
    const run = ['run', job, '--now', NOON];
    await using sources = await startSources({
      devices: 3000,
      shards: 5,
      seed: 9,
      now: NOON,
      latencyMs: 20,
      historyDays: 10,
    });
    await using calm = await createTestDatabase();
    expect((await runScheduler(run, { ...sources.settings, DATABASE_URL: calm.url })).exitCode).toBe(0);
    await using stormy = await createTestDatabase();
    const settings = { ...sources.settings, DATABASE_URL: stormy.url };
    for (let kill = 0; kill < KILLS; kill++) {
      // A finished run is forced to start again, so that each kill meets work.
      const { child, ended } = startScheduler([...run, '--force'].slice(0, kill % 5 === 0 ? undefined : -1), settings);
      await Promise.race([sleep(Math.random() * LONGEST_LIFE_MS), ended]);
      child.kill('SIGKILL');
      await ended;
    }
    expect((await runScheduler(run, settings)).exitCode).toBe(0);
    expect(await digestsOf(stormy.url)).toEqual(await digestsOf(calm.url));
  },
);
