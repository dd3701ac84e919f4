import { createTestDatabase } from '@ovis/dev-stack/testing';
import { createPool } from '@ovis/warehouse';
import type { Pool } from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { planScheduledRuns } from './plan-runs.ts';

const nightly = { name: 'nightly', description: '', cron: '0 3 * * *', assets: [] };
const snapshots = { name: 'snapshots', description: '', cron: '0 */12 * * *', missed: 'latest', assets: [] } as const;

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let pool: Pool;

beforeEach(async () => {
  database = await createTestDatabase();
  pool = createPool({ url: database.url, applicationName: 'test', role: 'ovis_loader', max: 8 });
});

afterEach(async () => {
  await pool.end();
  await database.drop();
});

function planAt(now: string): ReturnType<typeof planScheduledRuns> {
  return planScheduledRuns(pool, [nightly, snapshots], { timeZone: 'UTC', now: new Date(now) });
}

const shown = (runs: Awaited<ReturnType<typeof planAt>>): readonly string[] =>
  runs.map(({ job, scheduledFor }) => `${job} ${scheduledFor.toISOString().slice(0, 13)}`).toSorted();

describe(planScheduledRuns, () => {
  test('however many processes ask at once, each tick has one run', async () => {
    const planned = await Promise.all(Array.from({ length: 8 }, () => planAt('2026-11-23T12:00:00Z')));
    expect(shown(planned.flat())).toEqual(['nightly 2026-11-23T03', 'snapshots 2026-11-23T12']);
    expect(await planAt('2026-11-23T12:30:00Z')).toEqual([]);
  });

  test('after an outage the policy of each job says what is made good', async () => {
    await planAt('2026-11-20T12:00:00Z');
    expect(shown(await planAt('2026-11-23T04:00:00Z'))).toEqual([
      'nightly 2026-11-21T03',
      'nightly 2026-11-22T03',
      'nightly 2026-11-23T03',
      'snapshots 2026-11-23T00',
    ]);
  });

  test('makes no runs of a job that is paused; when it goes on, those that were missed', async () => {
    await planAt('2026-11-22T12:00:00Z');
    await pool.query(`insert into ops.paused_jobs (job) values ('nightly')`);
    expect(shown(await planAt('2026-11-23T12:00:00Z'))).toEqual(['snapshots 2026-11-23T12']);
    await pool.query('delete from ops.paused_jobs');
    expect(shown(await planAt('2026-11-23T12:00:00Z'))).toEqual(['nightly 2026-11-23T03']);
  });

  test('leaves a tick alone that was done by hand, and no other', async () => {
    await planAt('2026-11-21T12:00:00Z');
    await pool.query(
      `insert into ops.runs (job, scheduled_for, cause, state)
       values ('nightly', '2026-11-23T03:00:00Z', 'manual', 'succeeded'), ('nightly', '2026-11-22T03:00:00Z', 'manual', 'failed')`,
    );
    const planned = shown(await planAt('2026-11-23T12:00:00Z'));
    expect(planned.filter((run) => run.startsWith('nightly'))).toEqual(['nightly 2026-11-22T03']);
  });
});
