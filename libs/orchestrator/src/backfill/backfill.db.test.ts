import { createTestDatabase, type TestDatabase } from '@ovis/dev-stack/testing';
import { systemClock } from '@ovis/foundation';
import { createPool } from '@ovis/warehouse';
import type { Pool } from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { assets, jobs, writeRun, writeStep } from '../run-log/testing/write-runs.ts';
import { openRuns } from '../service/open-runs.ts';
import { readBackfill, stateOf } from './backfill-status.ts';
import { readCalendar, type AssetCalendar } from './calendar.ts';
import { cancelBackfill, interruptBackfill, resumeBackfill } from './change-backfill.ts';
import { claimModels } from './claim-models.ts';
import { createBackfill, type WantedBackfill } from './create-backfill.ts';

const NOW = new Date('2026-11-23T12:00:00Z');
const TICKS = ['2026-11-20T03:00:00Z', '2026-11-21T03:00:00Z', '2026-11-22T03:00:00Z'].map((text) => new Date(text));

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

const wanted: WantedBackfill = {
  target: 'raw.days',
  job: 'days',
  assets: ['raw.days'],
  range: { from: '2026-11-19', to: '2026-11-22' },
  ticks: TICKS,
  customers: null,
  shards: null,
  concurrency: 2,
  now: NOW,
};

async function runsOf(backfillId: string): Promise<readonly string[]> {
  const { rows } = await pool.query<{ run_id: string }>(
    'select run_id from ops.runs where backfill_id = $1 order by scheduled_for',
    [backfillId],
  );
  return rows.map((row) => row.run_id);
}

describe(createBackfill, () => {
  test('makes its runs, of which as many may be led as it allows at the same time, the oldest first', async () => {
    const backfillId = await createBackfill(pool, wanted);
    const open = await openRuns(pool);
    expect(open.map(({ scheduledFor }) => scheduledFor)).toEqual(TICKS.slice(0, 2));
    expect(open[0]?.selection).toEqual({ backfillId, assets: ['raw.days'], customers: null, shards: null });
  });

  test('yields to other runs of its job and not to those of others', async () => {
    await createBackfill(pool, wanted);
    await writeRun(pool, { job: 'states', scheduledFor: '2026-11-23T12:00:00Z', state: 'running' });
    const { length } = await openRuns(pool);
    expect(length).toBe(3);
    await writeRun(pool, { job: 'days', scheduledFor: '2026-11-23T03:00:00Z', state: 'running' });
    expect((await openRuns(pool)).map(({ cause }) => cause)).toEqual(['schedule', 'schedule']);
  });

  test('refuses a logical time that another one is at, and leaves nothing behind', async () => {
    const first = await createBackfill(pool, { ...wanted, ticks: TICKS.slice(1, 2) });
    await expect(createBackfill(pool, wanted)).rejects.toThrow(`belongs to backfill ${first}, which has not ended`);
    const { rows } = await pool.query('select count(*)::integer as backfills from ops.backfills');
    expect(rows).toEqual([{ backfills: 1 }]);
  });

  test('begins anew the runs that an earlier one has ended, which are its own then', async () => {
    const first = await createBackfill(pool, wanted);
    await pool.query(`update ops.runs set state = 'succeeded', attempt = 1`);
    const second = await createBackfill(pool, { ...wanted, ticks: TICKS.slice(0, 1) });
    expect((await openRuns(pool)).map(({ force }) => force)).toEqual([true]);
    expect((await readBackfill(pool, first))?.runs.map(({ state }) => state)).toEqual([
      'replaced',
      'succeeded',
      'succeeded',
    ]);
    expect((await readBackfill(pool, second.slice(0, 8)))?.state).toBe('queued');
  });
});

describe('ending and going on', () => {
  test('interrupts what waits, asks for the end of what is led, and resumes all but what is loaded', async () => {
    const backfillId = await createBackfill(pool, wanted);
    const [first, second] = await runsOf(backfillId);
    await pool.query(`update ops.runs set state = 'succeeded' where run_id = $1`, [first]);
    await pool.query(`update ops.runs set state = 'running' where run_id = $1`, [second]);
    await interruptBackfill(pool, backfillId, { now: NOW });
    const { rows } = await pool.query(
      'select state, reason, cancel_requested_at is not null as asked from ops.runs order by scheduled_for',
    );
    expect(rows).toEqual([
      { state: 'succeeded', reason: null, asked: false },
      { state: 'running', reason: null, asked: true },
      { state: 'cancelled', reason: 'interrupted', asked: false },
    ]);
    expect(await resumeBackfill(pool, backfillId, { now: NOW, concurrency: 1 })).toBe(1);
    expect((await readBackfill(pool, backfillId))?.concurrency).toBe(1);
  });

  test('cancels all that is open', async () => {
    const backfillId = await createBackfill(pool, wanted);
    expect(await cancelBackfill(pool, backfillId, { now: NOW })).toBe(3);
    expect((await readBackfill(pool, backfillId))?.state).toBe('cancelled');
    expect(await cancelBackfill(pool, backfillId, { now: NOW })).toBe(0);
  });
});

describe(claimModels, () => {
  test('has one of the runs build the models for all, the one that is loaded last', async () => {
    const backfillId = await createBackfill(pool, wanted);
    const runs = await runsOf(backfillId);
    await pool.query(`update ops.runs set state = 'running'`);
    for (const runId of runs)
      await writeStep(pool, runId, { asset: 'raw.days', state: 'running', tasks: { 'a/1': ['succeeded'] } });
    const claim = (runId: string): Promise<readonly string[]> =>
      claimModels(pool, { runId, clock: systemClock }, backfillId);
    const [first = '', ...others] = runs;
    expect(await claim(first)).toEqual([]);
    const claims = await Promise.all(others.map(claim));
    expect(claims.flat()).toEqual(['raw.days']);
  });
});

describe(stateOf, () => {
  test('is that of what is open, then the worst', () => {
    expect(stateOf([{ state: 'succeeded' }, { state: 'queued' }, { state: 'failed' }])).toBe('queued');
    expect(stateOf([{ state: 'succeeded' }, { state: 'failed' }, { state: 'partly_failed' }])).toBe('failed');
    expect(stateOf([{ state: 'replaced' }, { state: 'succeeded' }])).toBe('succeeded');
  });
});

describe(readCalendar, () => {
  const read = (
    asset: string,
    options: { countsFromStart?: boolean; catchesUp?: boolean } = {},
  ): Promise<AssetCalendar> =>
    readCalendar(pool, {
      catalog: { jobs, assets: assets.map((known) => ({ ...known, catchesUp: options.catchesUp ?? false })) },
      timeZone: 'UTC',
      asset,
      range: { from: '2026-11-18', to: '2026-11-24' },
      now: NOW,
      countsFromStart: options.countsFromStart ?? true,
    });
  const statesOf = ({ days }: AssetCalendar): string =>
    days.map(({ day, state }) => `${day.slice(8)} ${state}`).join(', ');

  async function load(asset: string, start: string, end: string, byBackfill = false): Promise<void> {
    await pool.query(
      `insert into ops.loaded_intervals (asset, interval_start, interval_end, run_id, by_backfill) values ($1, $2, $3, gen_random_uuid(), $4)`,
      [asset, start, end, byBackfill],
    );
  }

  test('tells loaded days from those in part, missing, and not due', async () => {
    await load('raw.days', '2026-11-19T03:00:00Z', '2026-11-20T03:00:00Z');
    const failed = await writeRun(pool, { job: 'days', scheduledFor: '2026-11-20T03:00:00Z', state: 'failed' });
    await writeStep(pool, failed, {
      asset: 'raw.days',
      state: 'failed',
      tasks: { 'a/1': ['succeeded'], 'a/2': ['failed', 'http_500'] },
    });
    const calendar = await read('raw.days');
    expect(statesOf(calendar)).toBe('18 loaded, 19 partial, 20 missing, 21 missing, 22 missing, 23 not_due');
    expect(calendar.days[1]).toMatchObject({ reason: 'failed', isRecoverable: true });
    expect(calendar.days[2]).toMatchObject({ reason: 'never_run', missingTicks: [new Date('2026-11-21T03:00:00Z')] });
  });

  test('a day of a snapshot is loaded with all its ticks, and its past is lost', async () => {
    await load('raw.states', '2026-11-21T00:00:00Z', '2026-11-21T12:00:00Z');
    await load('raw.states', '2026-11-22T00:00:00Z', '2026-11-22T12:00:00Z');
    await load('raw.states', '2026-11-22T12:00:00Z', '2026-11-23T00:00:00Z');
    await load('raw.states', '2026-11-23T00:00:00Z', '2026-11-23T12:00:00Z');
    const calendar = await read('raw.states');
    expect(statesOf(calendar)).toBe('18 missing, 19 missing, 20 missing, 21 partial, 22 loaded, 23 partial');
    expect(calendar.days.map(({ isRecoverable }) => isRecoverable)).toEqual([false, false, false, false, false, true]);
  });

  test('what a later run has caught up with is no gap; what a backfill has loaded is the day alone', async () => {
    await load('raw.days', '2026-11-20T03:00:00Z', '2026-11-21T03:00:00Z');
    await load('raw.days', '2026-11-22T03:00:00Z', '2026-11-23T03:00:00Z', true);
    expect(statesOf(await read('raw.days', { catchesUp: true }))).toBe(
      '18 loaded, 19 loaded, 20 missing, 21 loaded, 22 missing, 23 not_due',
    );
  });

  test('days before the first run count only if they were asked for', async () => {
    await writeRun(pool, { job: 'days', scheduledFor: '2026-11-22T03:00:00Z', state: 'failed' });
    expect(statesOf(await read('raw.days', { countsFromStart: false }))).toBe(
      '18 before_first, 19 before_first, 20 before_first, 21 missing, 22 missing, 23 not_due',
    );
  });
});
