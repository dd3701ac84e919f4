import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '@ovis/foundation';
import { createTestDatabase, type TestDatabase } from '@ovis/dev-stack/testing';
import { createPool } from '@ovis/warehouse';
import type { Pool } from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Catalog, UpstreamJob } from '../asset.ts';
import { pauseJob, requestRun, resumeJob, retryFailed } from '../run-log/requests.ts';
import { Presence } from '../workers/presence.ts';
import { planUpstreamRuns } from './plan-upstream-runs.ts';
import { serve } from './serve.ts';

const NOW = new Date('2026-11-23T12:00:00Z');
const gold: UpstreamJob = {
  name: 'gold',
  description: 'gold',
  models: ['marts.gold'],
  upstream: ['raw.a', 'raw.b'],
};

let database: TestDatabase;
let pool: Pool;
let built: (readonly string[])[];
/** Holds building up until it is let go. */
let gate: PromiseWithResolvers<void>;

beforeEach(async () => {
  database = await createTestDatabase();
  pool = createPool({ url: database.url, applicationName: 'test', role: 'ovis_loader', max: 8 });
  built = [];
  gate = Promise.withResolvers();
  gate.resolve();
});

afterEach(async () => {
  await pool.end();
  await database.drop();
});

const catalog: Catalog<null> = {
  assets: [],
  jobs: [],
  upstreamJobs: [gold],
  models: {
    list: () => Promise.resolve([]),
    stale: () => Promise.resolve([]),
    build: async ({ only, downstreamOf, signal, onResult }) => {
      built.push([...(only ?? []), ...downstreamOf]);
      await Promise.race([gate.promise, new Promise((aborted) => signal.addEventListener('abort', aborted))]);
      signal.throwIfAborted();
      const result = {
        name: 'marts.gold',
        kind: 'model',
        status: 'succeeded',
        rows: 1,
        seconds: 0,
        message: null,
      } as const;
      onResult(result);
      return [result];
    },
  },
};

/** Writes that a raw table was loaded. @returns the number of the materialization. */
async function load(asset: string, finishedAt = NOW, state = 'succeeded'): Promise<number> {
  const { rows } = await pool.query<{ id: string }>(
    `with loading as (
       insert into ops.runs (job, scheduled_for, cause, state) values ($1, clock_timestamp(), 'schedule', 'succeeded') returning run_id
     )
     insert into ops.materializations (run_id, asset, state, finished_at) select run_id, $1, $3, $2 from loading
     returning materialization_id as id`,
    [asset, finishedAt, state],
  );
  return Number(rows[0]?.id);
}

const plan = (): ReturnType<typeof planUpstreamRuns> => planUpstreamRuns(pool, [gold], { now: NOW });

async function goldRuns(): Promise<readonly { readonly state: string; readonly built_from: unknown }[]> {
  const { rows } = await pool.query<{ state: string; built_from: unknown }>(
    `select state, built_from from ops.runs where job = 'gold' order by scheduled_for`,
  );
  return rows;
}

const endRuns = (state = 'succeeded'): Promise<unknown> =>
  pool.query(`update ops.runs set state = $1 where job = 'gold'`, [state]);

describe(planUpstreamRuns, () => {
  test('makes a run when all tables have data, and another one when all have newer data', async () => {
    expect(await plan()).toEqual([]);
    const a = await load('raw.a');
    expect(await plan()).toEqual([]);
    const b = await load('raw.b', new Date('2026-11-23T12:05:00Z'));
    expect(await plan()).toEqual([{ job: 'gold', scheduledFor: new Date('2026-11-23T12:05:00Z') }]);
    expect(await goldRuns()).toEqual([{ state: 'queued', built_from: { 'raw.a': a, 'raw.b': b } }]);
    expect(await plan()).toEqual([]);
    await endRuns();
    await load('raw.a');
    await load('raw.a');
    expect(await plan()).toEqual([]);
    // By a clock that is behind: the logical time grows all the same.
    await load('raw.b', new Date('2026-11-23T11:00:00Z'), 'partly_failed');
    expect(await plan()).toEqual([{ job: 'gold', scheduledFor: new Date('2026-11-23T12:05:00.001Z') }]);
  });

  test('waits while a run is open or the job is paused, and does not repeat one that failed by itself', async () => {
    await load('raw.a');
    await load('raw.b');
    await plan();
    await load('raw.a');
    await load('raw.b');
    expect(await plan()).toEqual([]);
    await endRuns('failed');
    await pauseJob(pool, 'gold', { catalog, now: NOW });
    expect(await plan()).toEqual([]);
    await resumeJob(pool, 'gold', { catalog, now: NOW });
    expect(await plan()).toHaveLength(1);
    await endRuns('failed');
    expect(await plan()).toEqual([]);
  });

  test('takes no failed loading for data', async () => {
    await load('raw.a');
    await load('raw.b', NOW, 'failed');
    expect(await plan()).toEqual([]);
  });

  test('however many processes ask while data comes, no data has two runs and no table is passed over', async () => {
    for (let round = 0; round < 5; round++) {
      await Promise.all([load('raw.a'), load('raw.b')]);
      const planned = await Promise.all([...Array.from({ length: 8 }, plan), load('raw.a'), load('raw.b')]);
      expect(planned.slice(0, 8).flat()).toHaveLength(1);
      await endRuns();
    }
    const runs = await goldRuns();
    const last = (asset: string): readonly number[] =>
      runs.map(({ built_from: from }) => (from as Readonly<Record<string, number>>)[asset] ?? 0);
    for (const asset of gold.upstream) {
      expect(last(asset)).toEqual([...new Set(last(asset))].toSorted((x, y) => x - y));
    }
  });
});

describe('a job by an event', () => {
  test('is launched by hand for what is there now, has no ticks, and is retried', async () => {
    const context = { catalog, timeZone: 'UTC', now: NOW };
    const wanted = { job: 'gold', cause: 'manual', force: false } as const;
    const { runId, scheduledFor } = await requestRun(pool, context, wanted);
    expect(scheduledFor).toEqual(NOW);
    await expect(requestRun(pool, context, { ...wanted, scheduledFor: NOW })).rejects.toThrow('has no ticks');
    await endRuns('failed');
    expect(await retryFailed(pool, runId, context)).toMatchObject({ outcome: 'queued_again' });
  });
});

describe('two processes that serve', () => {
  const ids = ['00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002'];

  function startServing(workerId: string, stop: AbortSignal): Promise<void> {
    return serve({
      catalog,
      timeZone: 'UTC',
      resources: null,
      pool,
      clock: systemClock,
      presence: new Presence(pool, workerId, { host: 'here', pid: 1, version: 'test' }),
      concurrency: { tasks: 1, tasksPerShard: 1 },
      leads: true,
      signal: stop,
    });
  }

  const soon = { timeout: 15_000, interval: 50 };

  test('build once for all data, and the one goes on with what the other had begun', async () => {
    gate = Promise.withResolvers();
    const stops = ids.map(() => new AbortController());
    const serving = ids.map((id, index) => startServing(id, stops[index]?.signal ?? AbortSignal.abort()));
    try {
      await load('raw.a');
      await sleep(1_200);
      expect(built).toEqual([]);
      await load('raw.b');
      await expect.poll(() => built, soon).toEqual([['marts.gold', 'raw.a', 'raw.b']]);
      // Both look for work each second, and leave it to the one that has it.
      await sleep(1_500);
      expect(built).toHaveLength(1);
      stops[0]?.abort();
      await expect.poll(goldRuns, soon).toMatchObject([{ state: 'running' }]);
      await sleep(1_500);
      gate.resolve();
      await expect.poll(goldRuns, soon).toMatchObject([{ state: 'succeeded' }]);
      await sleep(1_200);
      expect(await goldRuns()).toHaveLength(1);
      const steps = await pool.query(`select asset, state from ops.steps`);
      expect(steps.rows).toEqual([{ asset: 'marts.gold', state: 'succeeded' }]);
    } finally {
      for (const stop of stops) stop.abort();
      await Promise.all(serving);
    }
  });
});
