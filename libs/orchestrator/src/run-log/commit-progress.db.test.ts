import { randomUUID } from 'node:crypto';
import { createTestDatabase } from '@ovis/dev-stack/testing';
import { createPool } from '@ovis/warehouse';
import { expect, test } from 'vitest';
import type { TaskProgress } from '../asset.ts';
import { FencedError } from '../errors.ts';
import { emptyCounters } from '../task-counters.ts';
import { claimTasks } from './claim-tasks.ts';
import { commitProgress } from './commit-progress.ts';
import { putBackTasks } from './plan-tasks.ts';

const NOW = new Date('2026-11-23T12:00:00Z');

test('refuses an older attempt of a task, also beside the newer one in the same batch', async () => {
  await using database = await createTestDatabase();
  const pool = createPool({ url: database.url, applicationName: 'test', role: 'ovis_loader', max: 2 });
  try {
    await pool.query(
      `insert into ops.runs (job, scheduled_for, cause, state, attempt) values ('job', now(), 'manual', 'running', 1);
       insert into ops.steps (run_id, asset, kind, state) select run_id, 'raw.t', 'extract', 'running' from ops.runs;
       insert into ops.tasks (run_id, asset, task_key, state) select run_id, 'raw.t', key, 'queued' from ops.runs, unnest(array['a', 'b']) as key`,
    );
    const { rows } = await pool.query<{ task_id: string }>('select task_id from ops.tasks order by task_key');
    const [a = '', b = ''] = rows.map((row) => row.task_id);
    const worker = { workerId: randomUUID(), assets: ['raw.t'], now: NOW };
    const announce = (taskId: string) => ({ taskId, runAttempt: 1, announcementId: randomUUID() });
    const announced = [a, b, a].map(announce);
    expect([...(await claimTasks(pool, announced, worker)).values()].map(({ attempt }) => attempt)).toEqual([1, 1]);
    expect(await claimTasks(pool, [announce(a)], worker)).toEqual(new Map());
    await putBackTasks(pool, worker.workerId);
    await claimTasks(pool, [a, b].map(announce), { ...worker, workerId: randomUUID() });
    const progressOf = (taskId: string, attempt: number, cursor: string): TaskProgress => ({
      taskId,
      taskKey: taskId,
      attempt,
      cursor,
      isLast: false,
      table: 'raw.t',
      touchedDays: ['2026-11-23'],
      quarantined: [{ position: cursor, reason: 'r' }],
      counters: emptyCounters(),
      committedAt: NOW,
    });
    const commit = async (...progress: readonly TaskProgress[]): Promise<void> => {
      const client = await pool.connect();
      try {
        await client.query('begin');
        await commitProgress(client, progress);
        await client.query('commit');
      } catch (error) {
        await client.query('rollback');
        throw error;
      } finally {
        client.release();
      }
    };
    await expect(commit(progressOf(a, 1, 'old'), progressOf(a, 2, 'new'))).rejects.toThrow(FencedError);
    await expect(commit(progressOf(b, 2, 'b'), progressOf(a, 1, 'old'))).rejects.toThrow(FencedError);
    await commit(progressOf(a, 2, 'new'), progressOf(b, 2, 'b'));
    const { rows: tasks } = await pool.query('select cursor from ops.tasks order by task_key');
    expect(tasks).toEqual([{ cursor: 'new' }, { cursor: 'b' }]);
    const { rows: positions } = await pool.query('select position from ops.quarantine order by 1');
    expect(positions).toEqual([{ position: 'b' }, { position: 'new' }]);
  } finally {
    await pool.end();
  }
});
