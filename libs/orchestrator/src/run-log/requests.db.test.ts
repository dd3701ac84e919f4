import { createTestDatabase, type TestDatabase } from '@ovis/dev-stack/testing';
import { createPool } from '@ovis/warehouse';
import type { Pool } from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { tryLockRun } from './lock-run.ts';
import { readPausedJobs } from './read/state-counts.ts';
import { pauseJob, requestCancel, requestRun, resumeJob, retryFailed } from './requests.ts';
import { assets, jobs, writeRun, writeStep } from './testing/write-runs.ts';

const NOW = new Date('2026-11-23T13:00:00Z');
const NOON = new Date('2026-11-23T12:00:00Z');
const context = { catalog: { assets, jobs }, timeZone: 'UTC', now: NOW, requestedBy: 'ada' };

let database: TestDatabase;
let pool: Pool;

beforeEach(async () => {
  database = await createTestDatabase();
  pool = createPool({ url: database.url, applicationName: 'test', role: 'ovis_loader', max: 5 });
});

afterEach(async () => {
  await pool.end();
  await database.drop();
});

async function rowsOf(sql: string): Promise<readonly unknown[]> {
  return (await pool.query<Record<string, unknown>>(sql)).rows;
}

const events = (): Promise<readonly unknown[]> =>
  rowsOf(`select kind, detail ->> 'requestedBy' as by from ops.run_events order by event_id`);

describe(requestRun, () => {
  test('makes a run for the latest tick, and leaves it alone while it is open', async () => {
    const wanted = { job: 'states', cause: 'manual', force: false } as const;
    const first = await requestRun(pool, context, wanted);
    expect(first).toMatchObject({ outcome: 'created', scheduledFor: NOON });
    expect(await requestRun(pool, context, { ...wanted, force: true })).toEqual({ ...first, outcome: 'open' });
    expect(await rowsOf('select job, scheduled_for, cause, state, attempt, force from ops.runs')).toEqual([
      { job: 'states', scheduled_for: NOON, cause: 'manual', state: 'queued', attempt: 0, force: false },
    ]);
    expect(await events()).toEqual([{ kind: 'run_requested', by: 'ada' }]);
  });

  test('makes one run of many requests at the same time', async () => {
    const wanted = { job: 'days', cause: 'manual', force: false } as const;
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => requestRun(pool, context, wanted)));
    expect(outcomes.map(({ outcome }) => outcome).toSorted()).toEqual(['created', 'open', 'open', 'open', 'open']);
  });

  test('queues a run again that has ended; one that succeeded only by force, or if a source had been left out', async () => {
    const scheduledFor = NOON.toISOString();
    const wanted = { job: 'states', cause: 'manual', force: false } as const;
    const runId = await writeRun(pool, { job: 'states', scheduledFor, state: 'failed', cause: 'manual' });
    expect(await requestRun(pool, context, wanted)).toMatchObject({ runId, outcome: 'queued_again' });
    expect(await rowsOf('select state, reason, force from ops.runs')).toEqual([
      { state: 'queued', reason: null, force: false },
    ]);
    await pool.query(`update ops.runs set state = 'succeeded'`);
    expect(await requestRun(pool, context, wanted)).toMatchObject({ runId, outcome: 'done' });
    expect(await requestRun(pool, context, { ...wanted, force: true })).toMatchObject({ outcome: 'queued_again' });
    await pool.query(`update ops.runs set state = 'succeeded'`);
    await writeStep(pool, runId, { asset: 'raw.states', state: 'skipped' });
    expect(await requestRun(pool, context, wanted)).toMatchObject({ outcome: 'queued_again' });
  });

  test('refuses a snapshot of a period that is over, but tells of a run that is there', async () => {
    const scheduledFor = new Date('2026-11-23T00:00:00Z');
    const wanted = { job: 'states', scheduledFor, cause: 'manual', force: false } as const;
    await expect(requestRun(pool, context, wanted)).rejects.toThrow(
      'raw.states could be loaded for that time only until 2026-11-23T12:00:00.000Z: the source knows only its present state',
    );
    expect(await rowsOf('select 1 from ops.runs')).toEqual([]);
    await writeRun(pool, {
      job: 'states',
      scheduledFor: scheduledFor.toISOString(),
      state: 'succeeded',
      cause: 'manual',
    });
    expect(await requestRun(pool, context, wanted)).toMatchObject({ outcome: 'done' });
    await expect(requestRun(pool, context, { ...wanted, force: true })).rejects.toThrow('only until');
  });

  test('takes any past tick of a source that can be asked for it, and no other time', async () => {
    const wanted = { job: 'days', cause: 'backfill', force: false } as const;
    const tick = new Date('2026-01-01T03:00:00Z');
    expect(await requestRun(pool, context, { ...wanted, scheduledFor: tick })).toMatchObject({ outcome: 'created' });
    const between = new Date('2026-01-01T04:00:00Z');
    await expect(requestRun(pool, context, { ...wanted, scheduledFor: between })).rejects.toThrow(
      'the ticks around it are 2026-01-01T03:00:00.000Z and 2026-01-02T03:00:00.000Z',
    );
    const future = new Date('2027-01-01T03:00:00Z');
    await expect(requestRun(pool, context, { ...wanted, scheduledFor: future })).rejects.toThrow('lies in the future');
    await expect(requestRun(pool, context, { ...wanted, job: 'nights' })).rejects.toThrow('the jobs are states, days');
  });
});

describe(retryFailed, () => {
  test('queues what failed, without force, and nothing else', async () => {
    const scheduledFor = '2026-11-23T03:00:00Z';
    const runId = await writeRun(pool, { job: 'days', scheduledFor, state: 'partly_failed', force: true });
    expect(await retryFailed(pool, runId, context)).toEqual({ runId, found: 'partly_failed', outcome: 'queued_again' });
    expect(await rowsOf('select state, force, reason from ops.runs')).toEqual([
      { state: 'queued', force: false, reason: null },
    ]);
    expect(await retryFailed(pool, runId, context)).toEqual({ runId, found: 'queued', outcome: 'open' });
    await pool.query(`update ops.runs set state = 'succeeded'`);
    expect(await retryFailed(pool, runId, context)).toMatchObject({ outcome: 'nothing_failed' });
    expect(await events()).toEqual([{ kind: 'retry_requested', by: 'ada' }]);
    expect(await retryFailed(pool, '00000000-0000-4000-8000-000000000000', context)).toBeNull();
  });

  test('refuses a snapshot of a period that is over', async () => {
    const runId = await writeRun(pool, { job: 'states', scheduledFor: '2026-11-23T00:00:00Z', state: 'failed' });
    await expect(retryFailed(pool, runId, context)).rejects.toThrow('knows only its present state');
    expect(await rowsOf('select state from ops.runs')).toEqual([{ state: 'failed' }]);
  });
});

describe(requestCancel, () => {
  test('ends a run at once that nobody leads, with what is open of it', async () => {
    const runId = await writeRun(pool, { job: 'days', scheduledFor: '2026-11-23T03:00:00Z', state: 'queued' });
    await writeStep(pool, runId, { asset: 'raw.days', state: 'running', tasks: { a: ['queued'], b: ['succeeded'] } });
    expect(await requestCancel(pool, runId, context)).toEqual({ runId, found: 'queued', outcome: 'closed' });
    expect(await rowsOf('select state, reason, finished_at from ops.runs')).toEqual([
      { state: 'cancelled', reason: 'cancel_requested', finished_at: NOW },
    ]);
    expect(await rowsOf('select state from ops.tasks order by task_key')).toEqual([
      { state: 'cancelled' },
      { state: 'succeeded' },
    ]);
    expect(await requestCancel(pool, runId, context)).toMatchObject({ found: 'cancelled', outcome: 'ended_before' });
    expect(await events()).toEqual([
      { kind: 'cancel_requested', by: 'ada' },
      { kind: 'run_finished', by: null },
    ]);
  });

  test('leaves the end to the process that leads the run, however often it is asked', async () => {
    const runId = await writeRun(pool, { job: 'days', scheduledFor: '2026-11-23T03:00:00Z', state: 'running' });
    await using lock = await tryLockRun(pool, runId);
    expect(lock).not.toBeNull();
    const asked = { runId, found: 'running', outcome: 'requested' };
    expect(await requestCancel(pool, runId, context)).toEqual(asked);
    expect(await requestCancel(pool, runId, { now: new Date(), requestedBy: null })).toEqual(asked);
    expect(await rowsOf('select state, cancel_requested_at from ops.runs')).toEqual([
      { state: 'running', cancel_requested_at: NOW },
    ]);
    expect(await events()).toHaveLength(1);
  });

  test('finds no run', async () => {
    expect(await requestCancel(pool, '00000000-0000-4000-8000-000000000000', context)).toBeNull();
  });
});

describe(pauseJob, () => {
  test('pauses and resumes once, and says what it found', async () => {
    expect(await pauseJob(pool, 'days', context)).toEqual({ job: 'days', isPaused: true, wasPaused: false });
    expect(await pauseJob(pool, 'days', context)).toEqual({ job: 'days', isPaused: true, wasPaused: true });
    expect([...(await readPausedJobs(pool))]).toEqual([['days', NOW]]);
    expect(await resumeJob(pool, 'days', context)).toEqual({ job: 'days', isPaused: false, wasPaused: true });
    expect(await resumeJob(pool, 'days', context)).toEqual({ job: 'days', isPaused: false, wasPaused: false });
    expect(await events()).toEqual([
      { kind: 'job_paused', by: 'ada' },
      { kind: 'job_resumed', by: 'ada' },
    ]);
    await expect(pauseJob(pool, 'nights', context)).rejects.toThrow('the jobs are states, days');
  });
});
