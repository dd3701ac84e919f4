import { createTestDatabase } from '@ovis/dev-stack/testing';
import { createPool } from '@ovis/warehouse';
import { expect, test } from 'vitest';
import { forgetOldRuns } from './forget-old.ts';

const NOW = new Date('2026-11-23T12:00:00Z');

test('forgets details first and runs later, never what is open, and keeps the versions of days', async () => {
  await using database = await createTestDatabase();
  const pool = createPool({ url: database.url, applicationName: 'test', role: 'ovis_loader', max: 2 });
  try {
    await pool.query(
      `select ops.ensure_run_events_month(month) from unnest(array['2026-08-01', '2026-10-01', '2026-11-01']::timestamptz[]) as month;
       insert into ops.runs (job, scheduled_for, cause, state, finished_at)
       select 'job', $$2026-11-23$$::date - days, 'schedule', case when days = 500 then 'running' else 'succeeded' end,
         case when days = 500 then null else $$2026-11-23$$::date - days end
       from unnest(array[1, 40, 401, 500]) as days;
       insert into ops.steps (run_id, asset, kind, state) select run_id, 'raw.t', 'extract', 'succeeded' from ops.runs;
       insert into ops.tasks (run_id, asset, task_key, state) select run_id, 'raw.t', 'k', 'succeeded' from ops.runs;
       insert into ops.materializations (run_id, asset, state) select run_id, 'raw.t', 'succeeded' from ops.runs;
       insert into ops.quarantine (run_id, asset, position, reason, created_at) select run_id, 'raw.t', 'p', 'r', scheduled_for from ops.runs;
       insert into ops.run_events (kind, occurred_at) values ('k', '2026-08-05'), ('k', '2026-10-30'), ('k', '2026-11-05');
       insert into ops.touched_days (table_name, day, touches, touched_at)
       values ('raw.t', '2026-11-01', 1, '2026-11-01'), ('raw.t', '2026-11-01', 4, '2026-11-02'), ('raw.t', '2026-11-22', 1, '2026-11-22'), ('raw.t', '2026-11-22', 1, '2026-11-23')`,
    );
    const versions =
      'select day::text, sum(touches)::int as version, count(*)::int as rows from ops.touched_days group by day order by 1';
    const forgotten = await forgetOldRuns(
      pool,
      { runs: 400, details: 30 },
      { now: NOW, signal: new AbortController().signal },
    );
    expect(forgotten).toEqual({ runs: 1, tasks: 2, quarantined: 3, eventMonths: 1, touches: 1 });
    const left = await pool.query(
      'select state, (select count(*)::int from ops.tasks where tasks.run_id = runs.run_id) as tasks from ops.runs order by scheduled_for',
    );
    expect(left.rows).toEqual([
      { state: 'running', tasks: 1 },
      { state: 'succeeded', tasks: 0 },
      { state: 'succeeded', tasks: 1 },
    ]);
    expect((await pool.query(versions)).rows).toEqual([
      { day: '2026-11-01', version: 5, rows: 1 },
      { day: '2026-11-22', version: 2, rows: 2 },
    ]);
  } finally {
    await pool.end();
  }
});
