import { setTimeout as sleep } from 'node:timers/promises';
import { createTestDatabase } from '@ovis/dev-stack/testing';
import { startSimulator } from '@ovis/fleet-simulator';
import { expect, test } from 'vitest';
import { digestsOf } from './testing/digests.ts';
import { runScheduler, settingsFor, startScheduler } from './testing/run-scheduler.ts';

const NOON = '2026-11-23T12:00:00Z';
const RUN = ['run', 'twelve_hourly_elt', '--now', NOON];
const KILLS = 50;
const LONGEST_LIFE_MS = 6_000;

test(
  `a run killed ${String(KILLS)} times at random moments ends with the tables of an undisturbed run`,
  { timeout: 1_800_000 },
  async () => {
    await using simulator = await startSimulator({ devices: 3000, shards: 5, seed: 9, now: NOON, latencyMs: 20 });
    await using calm = await createTestDatabase();
    expect((await runScheduler(RUN, settingsFor(calm.url, simulator))).exitCode).toBe(0);
    await using stormy = await createTestDatabase();
    const settings = settingsFor(stormy.url, simulator);
    for (let kill = 0; kill < KILLS; kill++) {
      // A finished run is forced to start again, so that each kill meets work.
      const { child, ended } = startScheduler([...RUN, '--force'].slice(0, kill % 5 === 0 ? undefined : -1), settings);
      await Promise.race([sleep(Math.random() * LONGEST_LIFE_MS), ended]);
      child.kill('SIGKILL');
      await ended;
    }
    expect((await runScheduler(RUN, settings)).exitCode).toBe(0);
    expect(await digestsOf(stormy.url)).toEqual(await digestsOf(calm.url));
  },
);
