import { createTestDatabase, type TestDatabase } from '@ovis/dev-stack/testing';
import { createPool } from '@ovis/warehouse';
import type { Pool } from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { beginAttempt, findOrCreateRun, finishRun } from './open-run.ts';

const NOW = new Date('2026-11-23T12:00:00Z');
const GONE = '00000000-0000-4000-8000-000000000001';
const wanted = { startsAnew: false, force: false, now: NOW };

let database: TestDatabase;
let pool: Pool;
let runId: string;

beforeEach(async () => {
  database = await createTestDatabase();
  pool = createPool({ url: database.url, applicationName: 'test', role: 'ovis_loader', max: 6 });
  const run = await findOrCreateRun(pool, { job: 'elt', scheduledFor: NOW, cause: 'backfill' }, NOW);
  runId = run.runId;
});

afterEach(async () => {
  await pool.end();
  await database.drop();
});

describe(beginAttempt, () => {
  test('leaves a run as it is that ended since it was found, unless it is to be repeated', async () => {
    const onlyIfOpen = { ...wanted, onlyIfOpen: true };
    expect(await beginAttempt(pool, runId, onlyIfOpen)).toBe(1);
    await finishRun(pool, { runId, attempt: 1 }, { state: 'cancelled', reason: 'cancel_requested', now: NOW });
    expect(await beginAttempt(pool, runId, onlyIfOpen)).toBeNull();
    expect((await pool.query('select state, attempt, reason from ops.runs')).rows).toEqual([
      { state: 'cancelled', attempt: 1, reason: 'cancel_requested' },
    ]);
    expect(await beginAttempt(pool, runId, { ...wanted, onlyIfOpen: false })).toBe(2);
  });

  test('counts the deaths of those that led it with a task in hand, and gives that task up after three', async () => {
    await beginAttempt(pool, runId, { ...wanted, onlyIfOpen: true });
    await pool.query(`insert into ops.steps (run_id, asset, kind, state) values ($1, 'raw.t', 'extract', 'running')`, [
      runId,
    ]);
    await pool.query(
      `insert into ops.tasks (run_id, asset, task_key, state) select $1, 'raw.t', key, 'queued' from unnest('{killer,waiting}'::text[]) as key`,
      [runId],
    );
    const tasks = async (): Promise<readonly unknown[]> =>
      (await pool.query('select task_key, state, deaths, error_class from ops.tasks order by 1')).rows;
    for (let death = 1; death <= 3; death++) {
      await pool.query(`update ops.tasks set state = 'running', worker_id = $1 where task_key = 'killer'`, [GONE]);
      await beginAttempt(pool, runId, { ...wanted, onlyIfOpen: true });
    }
    const waiting = { task_key: 'waiting', state: 'queued', deaths: 0, error_class: null };
    expect(await tasks()).toEqual([
      { task_key: 'killer', state: 'failed', deaths: 3, error_class: 'worker_died' },
      waiting,
    ]);
    // Another leader of the same execution leaves it so; somebody who asks for the run again has it tried again.
    await beginAttempt(pool, runId, { ...wanted, onlyIfOpen: true });
    expect(await tasks()).toMatchObject([{ state: 'failed' }, waiting]);
    await finishRun(pool, { runId, attempt: 5 }, { state: 'failed', reason: null, now: NOW });
    await beginAttempt(pool, runId, { ...wanted, onlyIfOpen: false });
    expect(await tasks()).toEqual([{ ...waiting, task_key: 'killer' }, waiting]);
  });
});
