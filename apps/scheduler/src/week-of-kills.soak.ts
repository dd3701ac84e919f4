import { setTimeout as sleep } from 'node:timers/promises';
import { createTestDatabase } from '@ovis/dev-stack/testing';
import { createBackfill } from '@ovis/orchestrator';
import { createPool } from '@ovis/warehouse';
import { expect, test } from 'vitest';
import { ask, digestsOf } from './testing/digests.ts';
import { startScheduler, type StartedScheduler } from './testing/run-scheduler.ts';
import { startSources, type SimulatedSources } from './testing/sources.ts';

const DAYS = ['2026-11-16', '2026-11-17', '2026-11-18', '2026-11-19', '2026-11-20', '2026-11-21', '2026-11-22'];
/** Just behind each tick of a day. */
const TIMES = ['00:00:01', '02:15:01', '03:00:01', '12:00:01'];
const BACKFILL_FROM = '2026-11-12';
const BACKFILL_TICKS = ['2026-11-13', '2026-11-14', '2026-11-15'].map((day) => new Date(`${day}T03:00:00Z`));
/** When the backfill is asked for. */
const BACKFILL_AT = '2026-11-18T12:00:01Z';
const REPLICAS = 3;
const LONGEST_LIFE_MS = 6_000;
const SETTLED_MS = 120_000;

/** How long it took until what a killed process had in hand was put back, in milliseconds. */
type TakeOvers = number[];

test(
  'three replicas killed at random through a week of schedules and a backfill leave what one process leaves',
  {
    timeout: 3_600_000,
  },
  async () => {
    const world = { devices: 300, customers: 20, shards: 5, seed: 5, latencyMs: 40, historyDays: 14 };
    await using sources = await startSources({ ...world, now: '2026-11-23T00:00:00Z' });
    await using calm = await createTestDatabase();
    await passWeek(sources, calm.url, null);
    await using stormy = await createTestDatabase();
    const takeOvers: TakeOvers = [];
    await passWeek(sources, stormy.url, takeOvers);

    expect(await digestsOf(stormy.url)).toEqual(await digestsOf(calm.url));
    const states = `select job, cause, state, count(*)::integer as runs from ops.runs group by 1, 2, 3 order by 1, 2, 3`;
    const runsOf = (url: string): Promise<object | undefined> =>
      ask(url, `select jsonb_agg(to_jsonb(states)) as all_runs from (${states}) as states`);
    expect(await runsOf(stormy.url)).toEqual(await runsOf(calm.url));
    expect(takeOvers.length).toBeGreaterThan(DAYS.length);
    const sorted = takeOvers.toSorted((a, b) => a - b);
    const [median = 0, most = 0] = [sorted[Math.floor(sorted.length / 2)], sorted.at(-1)];
    process.stdout.write(
      `${String(sorted.length)} kills; taken over after ${median.toFixed(0)} ms (median), ${most.toFixed(0)} ms (most)\n`,
    );
    expect(most).toBeLessThan(15_000);
  },
);

/** Lets a week pass tick by tick. @param takeOvers null for one process that nobody kills. */
async function passWeek(sources: SimulatedSources, url: string, takeOvers: TakeOvers | null): Promise<void> {
  const settings = { ...sources.settings, DATABASE_URL: url, HTTP_PORT: '0', OVIS_DEAD_AFTER_SECONDS: '4' };
  for (const now of DAYS.flatMap((day) => TIMES.map((time) => `${day}T${time}Z`))) {
    sources.simulator.setTime(now);
    if (now === BACKFILL_AT) await askForBackfill(url, new Date(now));
    const start = (): StartedScheduler => startScheduler(['serve', '--now', now], settings);
    const replicas = Array.from({ length: takeOvers === null ? 1 : REPLICAS }, start);
    try {
      if (takeOvers) await killOne(replicas, start, url, takeOvers);
      await expect.poll(() => openRuns(url, new Date(now)), { timeout: SETTLED_MS, interval: 100 }).toBe(0);
    } finally {
      for (const { child } of replicas) child.kill('SIGTERM');
      await Promise.all(replicas.map(({ ended }) => ended));
    }
  }
}

async function killOne(
  replicas: StartedScheduler[],
  start: () => StartedScheduler,
  url: string,
  takeOvers: TakeOvers,
): Promise<void> {
  await sleep(Math.random() * LONGEST_LIFE_MS);
  const [victim] = replicas.splice(Math.floor(Math.random() * replicas.length), 1);
  if (!victim) return;
  const worker = await ask<{ id: string }>(
    url,
    `select worker_id::text as id from ops.workers where pid = ${String(victim.child.pid)}`,
  );
  victim.child.kill('SIGKILL');
  const killedMs = performance.now();
  replicas.push(start());
  await victim.ended;
  // It may not have come so far as to say that it lives.
  if (!worker) return;
  const inHand = `select count(*)::integer as tasks from ops.tasks where state = 'running' and worker_id = '${worker.id}'`;
  await expect
    .poll(async () => (await ask<{ tasks: number }>(url, inHand))?.tasks, { timeout: 30_000, interval: 50 })
    .toBe(0);
  takeOvers.push(performance.now() - killedMs);
}

/** Runs that are open, and one more for each job whose latest tick has none. */
async function openRuns(url: string, now: Date): Promise<number | undefined> {
  const jobs = `values ('twelve_hourly_elt', interval '12 hours'), ('daily_aggregates_elt', interval '1 day'),
    ('battery_algorithm_eval_results_elt', interval '1 day')`;
  const row = await ask<{ open: number }>(
    url,
    `select (
       (select count(*) from ops.runs where state in ('queued', 'running'))
       + (select count(*) from (${jobs}) as jobs (job, period) where not exists (
           select from ops.runs where runs.job = jobs.job and cause = 'schedule'
             and scheduled_for > '${now.toISOString()}'::timestamptz - period))
     )::integer as open`,
  );
  return row?.open;
}

async function askForBackfill(url: string, now: Date): Promise<void> {
  const pool = createPool({ url, applicationName: 'test', role: 'ovis_loader', max: 1 });
  try {
    await createBackfill(pool, {
      target: 'raw.daily_aggregates',
      job: 'daily_aggregates_elt',
      assets: ['raw.daily_aggregates'],
      range: { from: BACKFILL_FROM, to: '2026-11-15' },
      ticks: BACKFILL_TICKS,
      customers: null,
      shards: null,
      concurrency: 2,
      now,
    });
  } finally {
    await pool.end();
  }
}
