import { createTestDatabase, type TestDatabase } from '@ovis/dev-stack/testing';
import { createPool } from '@ovis/warehouse';
import type { Pool } from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { emptyCounters } from '../../task-counters.ts';
import { recordEvent } from '../record-event.ts';
import { recordMaterialization } from '../record-materialization.ts';
import { assets, jobs, writeRun, writeStep } from '../testing/write-runs.ts';
import { readAllowlistDrops } from './allowlist-drops.ts';
import { readCoverage } from './coverage.ts';
import { newestEventId, readEvents } from './events.ts';
import { listMaterializations, newestMaterializations } from './materializations.ts';
import { readRun } from './run-detail.ts';
import { listRuns } from './runs.ts';
import { readStateCounts } from './state-counts.ts';
import { listTasks } from './tasks.ts';

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

async function materialize(
  runId: string,
  written: {
    readonly asset: string;
    readonly at: string;
    readonly rows: number;
    readonly loads?: readonly [string, string];
  },
): Promise<void> {
  const counters = {
    ...emptyCounters(),
    rowsInserted: written.rows,
    dropped: { 'configuration.*': 3 },
    mismatched: { temperature: 2 },
  };
  const [start, end] = written.loads ?? [];
  await recordMaterialization(
    pool,
    {
      runId,
      asset: written.asset,
      attempt: 1,
      state: 'succeeded',
      startedAt: new Date(written.at),
      finishedAt: new Date(Date.parse(written.at) + 1500),
      customers: 4,
      fallbackCustomers: 0,
      counters,
      rows: null,
      errorsByClass: {},
    },
    start !== undefined && end !== undefined ? { start: new Date(start), end: new Date(end) } : null,
  );
}

describe(listRuns, () => {
  test('pages from the newest logical time to the oldest without a run twice or left out', async () => {
    const written: string[] = [];
    for (const day of ['20', '21', '22', '23']) {
      const at = `2026-11-${day}T03:00:00Z`;
      written.push(await writeRun(pool, { job: 'days', scheduledFor: at, state: 'succeeded' }));
      written.push(await writeRun(pool, { job: 'days', scheduledFor: at, state: 'failed', cause: 'manual' }));
    }
    const seen: string[] = [];
    const times: number[] = [];
    for (let page = await listRuns(pool, {}, { atMost: 3 }); page.length > 0;) {
      seen.push(...page.map(({ runId }) => runId));
      times.push(...page.map(({ scheduledFor }) => scheduledFor.getTime()));
      const after = page.at(-1);
      page = await listRuns(pool, {}, { atMost: 3, ...(after ? { after } : {}) });
    }
    expect(seen.toSorted()).toEqual(written.toSorted());
    expect(times).toEqual(times.toSorted((a, b) => b - a));
  });

  test('filters by job, state, cause and a half-open range', async () => {
    await writeRun(pool, { job: 'days', scheduledFor: '2026-11-21T03:00:00Z', state: 'failed' });
    await writeRun(pool, { job: 'days', scheduledFor: '2026-11-22T03:00:00Z', state: 'failed' });
    await writeRun(pool, { job: 'days', scheduledFor: '2026-11-22T03:00:00Z', state: 'failed', cause: 'manual' });
    await writeRun(pool, { job: 'states', scheduledFor: '2026-11-21T12:00:00Z', state: 'failed' });
    await writeRun(pool, { job: 'days', scheduledFor: '2026-11-20T03:00:00Z', state: 'queued' });
    const filter = {
      job: 'days',
      states: ['failed', 'cancelled'],
      cause: 'schedule',
      from: new Date('2026-11-20T00:00:00Z'),
      to: new Date('2026-11-22T03:00:00Z'),
    } as const;
    expect(await listRuns(pool, filter, { atMost: 10 })).toMatchObject([
      { job: 'days', scheduledFor: new Date('2026-11-21T03:00:00Z'), state: 'failed', reason: 'for a reason' },
    ]);
  });
});

describe('runs of a backfill', () => {
  test('are found by it', async () => {
    const ofBackfill = await writeRun(pool, { job: 'days', scheduledFor: '2026-11-21T03:00:00Z', state: 'queued' });
    await writeRun(pool, { job: 'days', scheduledFor: '2026-11-22T03:00:00Z', state: 'queued' });
    const { rows } = await pool.query<{ backfill_id: string }>(
      `insert into ops.backfills (target, job, assets, range_start, range_end, ticks, concurrency)
       values ('days', 'days', '{raw.days}', '2026-11-21', '2026-11-22', '{2026-11-21T03:00:00Z}', 1) returning backfill_id`,
    );
    const backfillId = rows[0]?.backfill_id ?? '';
    await pool.query('update ops.runs set backfill_id = $2 where run_id = $1', [ofBackfill, backfillId]);
    expect(await listRuns(pool, { backfillId }, { atMost: 10 })).toMatchObject([{ runId: ofBackfill, backfillId }]);
  });
});

describe(readRun, () => {
  test('has steps with counts of their tasks, failures by class, and the newest writings', async () => {
    const runId = await writeRun(pool, { job: 'days', scheduledFor: '2026-11-21T03:00:00Z', state: 'partly_failed' });
    await writeStep(pool, runId, {
      asset: 'raw.days',
      state: 'partly_failed',
      tasks: {
        's1/*': ['succeeded'],
        's2/*': ['failed', 'http_503'],
        's1/a': ['failed', 'http_500'],
        's1/b': ['failed', 'http_500'],
        's1/c': ['succeeded'],
      },
    });
    await writeStep(pool, runId, { asset: 'marts.m', state: 'succeeded' });
    await materialize(runId, { asset: 'raw.days', at: '2026-11-21T03:00:00Z', rows: 5 });
    await materialize(runId, { asset: 'raw.days', at: '2026-11-21T04:00:00Z', rows: 7 });
    const none = { queued: 0, running: 0, succeeded: 0, failed: 0, cancelled: 0 };
    expect(await readRun(pool, runId)).toMatchObject({
      run: { runId, state: 'partly_failed', attempt: 1 },
      steps: [
        { asset: 'raw.days', kind: 'extract', tasks: { ...none, succeeded: 1, failed: 2 }, failedScopes: 1 },
        { asset: 'marts.m', kind: 'model', tasks: none, failedScopes: 0 },
      ],
      failures: [
        { asset: 'raw.days', errorClass: 'http_500', tasks: 2 },
        { asset: 'raw.days', errorClass: 'http_503', tasks: 1 },
      ],
      materializations: [{ asset: 'raw.days', rowsInserted: 7, durationSeconds: 1.5, customers: 4 }],
    });
    expect(await readRun(pool, '00000000-0000-4000-8000-000000000000')).toBeNull();
  });
});

describe(listTasks, () => {
  test('pages through what failed, with class and message', async () => {
    const runId = await writeRun(pool, { job: 'days', scheduledFor: '2026-11-21T03:00:00Z', state: 'failed' });
    const tasks = { 's1/a': ['failed', 'http_500'], 's1/b': ['succeeded'], 's1/c': ['failed', 'http_404'] } as const;
    await writeStep(pool, runId, { asset: 'raw.days', state: 'failed', tasks });
    const filter = { runId, states: ['failed'] } as const;
    const first = await listTasks(pool, filter, { atMost: 1 });
    expect(first).toMatchObject([
      { asset: 'raw.days', key: 's1/a', kind: 'task', errorClass: 'http_500', errorMessage: 'it failed: http_500' },
    ]);
    expect(await listTasks(pool, filter, { atMost: 5, after: { asset: 'raw.days', key: 's1/a' } })).toMatchObject([
      { key: 's1/c', errorClass: 'http_404' },
    ]);
    expect(await listTasks(pool, { ...filter, errorClass: 'http_404' }, { atMost: 5 })).toHaveLength(1);
  });
});

describe(readCoverage, () => {
  const range = { start: new Date('2026-11-20T00:00:00Z'), end: new Date('2026-11-30T00:00:00Z') };
  const question = { catalog: { assets, jobs }, timeZone: 'UTC', range, now: new Date('2026-11-22T13:00:00Z') };

  test('tells periods that are loaded from those that are missing, with the run for them', async () => {
    const done = await writeRun(pool, { job: 'days', scheduledFor: '2026-11-20T03:00:00Z', state: 'succeeded' });
    const failed = await writeRun(pool, { job: 'days', scheduledFor: '2026-11-21T03:00:00Z', state: 'failed' });
    const loads = ['2026-11-20T03:00:00Z', '2026-11-21T03:00:00Z'] as const;
    await materialize(done, { asset: 'raw.days', at: '2026-11-20T03:00:00Z', rows: 1, loads });
    const coverage = await readCoverage(pool, { ...question, asset: 'raw.days' });
    expect(coverage).toMatchObject({
      job: 'days',
      loaded: [{ start: new Date(loads[0]), end: new Date(loads[1]), runId: done }],
      missing: [
        { start: new Date('2026-11-21T03:00:00Z'), isRecoverable: true, run: { runId: failed, state: 'failed' } },
        { start: new Date('2026-11-22T03:00:00Z'), end: new Date('2026-11-23T03:00:00Z'), run: null },
      ],
    });
  });

  test('takes what a later run has caught up with for loaded, but not by a backfill, which loads its own period alone', async () => {
    const catchesUp = assets.map((asset) => ({ ...asset, catchesUp: true }));
    const missing = async (): Promise<readonly string[]> => {
      const coverage = await readCoverage(pool, {
        ...question,
        catalog: { assets: catchesUp, jobs },
        asset: 'raw.days',
      });
      return coverage.missing.map(({ start }) => start.toISOString().slice(0, 10));
    };
    const done = await writeRun(pool, { job: 'days', scheduledFor: '2026-11-21T03:00:00Z', state: 'succeeded' });
    const loads = ['2026-11-21T03:00:00Z', '2026-11-22T03:00:00Z'] as const;
    await materialize(done, { asset: 'raw.days', at: '2026-11-21T03:00:00Z', rows: 1, loads });
    expect(await missing()).toEqual(['2026-11-22']);
    await pool.query('update ops.loaded_intervals set by_backfill = true');
    expect(await missing()).toEqual(['2026-11-20', '2026-11-22']);
  });

  test('says that a snapshot cannot be taken of a period that is over', async () => {
    const { missing } = await readCoverage(pool, { ...question, asset: 'raw.states' });
    expect(missing.map(({ start, isRecoverable }) => [start.toISOString(), isRecoverable])).toEqual([
      ['2026-11-20T00:00:00.000Z', false],
      ['2026-11-20T12:00:00.000Z', false],
      ['2026-11-21T00:00:00.000Z', false],
      ['2026-11-21T12:00:00.000Z', false],
      ['2026-11-22T00:00:00.000Z', false],
      ['2026-11-22T12:00:00.000Z', true],
    ]);
  });

  test('knows nothing of models', async () => {
    await expect(readCoverage(pool, { ...question, asset: 'marts.m' })).rejects.toThrow('only of raw tables');
  });
});

describe('materializations', () => {
  test('are listed from the newest, page by page, and the newest of each asset at once', async () => {
    const runId = await writeRun(pool, { job: 'days', scheduledFor: '2026-11-21T03:00:00Z', state: 'succeeded' });
    for (const hour of ['03', '04', '05']) {
      await materialize(runId, { asset: 'raw.days', at: `2026-11-21T${hour}:00:00Z`, rows: Number(hour) });
    }
    const [newest, ...others] = await listMaterializations(pool, 'raw.days', { atMost: 2 });
    expect([newest, ...others].map((row) => row?.rowsInserted)).toEqual([5, 4]);
    const before = others[0]?.materializationId ?? '';
    expect(await listMaterializations(pool, 'raw.days', { before, atMost: 2 })).toMatchObject([{ rowsInserted: 3 }]);
    const all = await newestMaterializations(pool, ['raw.days', 'raw.states']);
    expect([...all.entries()]).toEqual([['raw.days', newest]]);
  });
});

describe(readAllowlistDrops, () => {
  test('adds up what was kept out over the runs of a range', async () => {
    for (const day of ['20', '21', '25']) {
      const at = `2026-11-${day}T03:00:00Z`;
      const runId = await writeRun(pool, { job: 'days', scheduledFor: at, state: 'succeeded' });
      await materialize(runId, { asset: 'raw.days', at, rows: 1 });
    }
    const range = { from: new Date('2026-11-20T00:00:00Z'), to: new Date('2026-11-25T00:00:00Z'), atMost: 10 };
    const lastScheduledFor = new Date('2026-11-21T03:00:00Z');
    const counted = { asset: 'raw.days', runs: 2, lastScheduledFor };
    expect(await readAllowlistDrops(pool, range)).toEqual([
      { ...counted, path: 'configuration.*', kind: 'dropped', count: 6 },
      { ...counted, path: 'temperature', kind: 'mismatched', count: 4 },
    ]);
    expect(await readAllowlistDrops(pool, { ...range, asset: 'raw.states' })).toEqual([]);
  });
});

describe(readEvents, () => {
  test('goes on behind a number, for one run or for all', async () => {
    const one = await writeRun(pool, { job: 'days', scheduledFor: '2026-11-21T03:00:00Z', state: 'running' });
    const two = await writeRun(pool, { job: 'days', scheduledFor: '2026-11-22T03:00:00Z', state: 'running' });
    expect(await newestEventId(pool)).toBe(0);
    const write = (runId: string, attempt: number): Promise<void> =>
      recordEvent(
        pool,
        { runId, asset: null, taskKey: null, kind: 'run_started', detail: { attempt } },
        new Date('2026-11-23T00:00:00Z'),
      );
    await write(one, 1);
    await write(two, 1);
    await write(one, 2);
    const all = await readEvents(pool, { after: 0, atMost: 10 });
    expect(all).toMatchObject([
      { runId: one },
      { runId: two },
      { runId: one, kind: 'run_started', detail: { attempt: 2 } },
    ]);
    const first = all[0]?.eventId ?? 0;
    const last = all[2]?.eventId ?? 0;
    expect(await newestEventId(pool)).toBe(last);
    expect(await readEvents(pool, { after: first, atMost: 1 })).toMatchObject([{ runId: two }]);
    expect(await readEvents(pool, { after: 0, runId: one, upTo: last - 1, atMost: 10 })).toMatchObject([
      { eventId: first },
    ]);
  });
});

describe(readStateCounts, () => {
  test('counts runs by job and state, and open tasks by asset', async () => {
    const runId = await writeRun(pool, { job: 'days', scheduledFor: '2026-11-21T03:00:00Z', state: 'running' });
    await writeRun(pool, { job: 'days', scheduledFor: '2026-11-22T03:00:00Z', state: 'failed' });
    const tasks = { a: ['queued'], b: ['queued'], c: ['succeeded'] } as const;
    await writeStep(pool, runId, { asset: 'raw.days', state: 'running', tasks });
    await materialize(runId, { asset: 'raw.days', at: '2026-11-21T03:00:00Z', rows: 1 });
    const counts = await readStateCounts(pool, ['raw.days', 'raw.states']);
    expect(counts.runs.toSorted((a, b) => a.state.localeCompare(b.state))).toEqual([
      { job: 'days', state: 'failed', runs: 1 },
      { job: 'days', state: 'running', runs: 1 },
    ]);
    expect(counts.openTasks).toEqual([{ asset: 'raw.days', state: 'queued', tasks: 2 }]);
    expect(counts.assets).toMatchObject([{ asset: 'raw.days', droppedFields: 3, mismatchedFields: 2 }]);
    expect(counts).toMatchObject({ pausedJobs: [], workers: 0 });
  });
});
