import { createTestDatabase, type TestDatabase } from '@ovis/dev-stack/testing';
import { createPool } from '@ovis/warehouse';
import fc from 'fast-check';
import type { Pool } from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RunCause } from './run-log/open-run.ts';
import { addTasks } from './run-log/plan-tasks.ts';
import { TaskQueue, type AnnouncingRun } from './task-queue.ts';
import { classOf, priorityOf } from './task-turns.ts';

const NOW = new Date('2026-11-23T12:00:00Z');

let database: TestDatabase;
let pool: Pool;
let queue: TaskQueue;

beforeEach(async () => {
  database = await createTestDatabase();
  pool = createPool({ url: database.url, applicationName: 'test', role: 'ovis_loader', max: 6 });
  queue = await TaskQueue.open(pool, () => undefined);
});

afterEach(async () => {
  await queue.close();
  await pool.end();
  await database.drop();
});

/** A run that is led, of a job whose run before had tasks with these rows. */
async function openRun(
  job: string,
  options: {
    readonly cause?: RunCause;
    readonly day?: number;
    readonly before?: Readonly<Record<string, number>>;
  } = {},
): Promise<AnnouncingRun> {
  const { cause = 'schedule', day = 23, before = {} } = options;
  const insert = async (state: string, on: number): Promise<string> => {
    const { rows } = await pool.query<{ run_id: string }>(
      `with run as (
         insert into ops.runs (job, scheduled_for, cause, state, attempt, built_from)
         values ($1, make_timestamptz(2026, 11, $2, 3, 0, 0), $3, $4, 1, case when $3 = 'upstream' then '{}'::jsonb end) returning run_id
       ), step as (
         insert into ops.steps (run_id, asset, kind, state) select run_id, 'raw.t', 'extract', $4 from run
       )
       select run_id from run`,
      [job, on, cause, state],
    );
    return rows[0]?.run_id ?? '';
  };
  if (Object.keys(before).length > 0) {
    await pool.query(
      `insert into ops.tasks (run_id, asset, task_key, state, counters)
       select $1, 'raw.t', key, 'succeeded', jsonb_build_object('rowsInserted', value) from jsonb_each($2)`,
      [await insert('succeeded', day - 10), JSON.stringify(before)],
    );
  }
  return { runId: await insert('running', day), attempt: 1, cause };
}

async function announce(run: AnnouncingRun, keys: readonly string[]): Promise<void> {
  const tasks = keys.map((key) => ({ key, shard: null, customerId: null }));
  await queue.announce(await addTasks(pool, { runId: run.runId, asset: 'raw.t' }, tasks, NOW), run);
}

const numbered = (name: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${name}${String(index)}`);

/** Takes one after the other. @returns their keys. */
async function take(count: number): Promise<readonly string[]> {
  const keys: string[] = [];
  for (let taken = 0; taken < count; taken++) {
    const [received] = await queue.take(1, 1_000);
    if (!received) break;
    const { rows } = await pool.query<{ task_key: string }>('select task_key from ops.tasks where task_id = $1', [
      received.announcement.taskId,
    ]);
    keys.push(rows[0]?.task_key ?? '');
    await queue.settle([received.jobId]);
  }
  return keys;
}

describe('tasks of two jobs', () => {
  test('are taken in turn: neither a large job nor one that comes later has the other wait for its end', async () => {
    const large = await openRun('large');
    await announce(large, numbered('large', 120));
    await take(40);
    const small = await openRun('small');
    await announce(small, numbered('small', 10));
    const next = await take(22);
    expect(next.filter((key) => key.startsWith('small'))).toHaveLength(10);
    expect(next.filter((key) => key.startsWith('large')).length).toBeGreaterThanOrEqual(10);
    expect(await take(100)).toHaveLength(68);
  });

  test('that are planned portion by portion keep their turns', async () => {
    const [first, second] = [await openRun('first'), await openRun('second')];
    for (let portion = 0; portion < 3; portion++) {
      await announce(first, numbered(`first-${String(portion)}-`, 4));
      await announce(second, numbered(`second-${String(portion)}-`, 4));
    }
    const taken = (await take(24)).map((key) => key.split('-')[0]);
    for (let pair = 0; pair < 24; pair += 2)
      expect(new Set(taken.slice(pair, pair + 2))).toEqual(new Set(['first', 'second']));
  });

  test('wait for those of a higher class: by hand, then by schedule or upstream, then backfills', async () => {
    for (const cause of ['backfill', 'schedule', 'upstream', 'manual'] as const)
      await announce(await openRun(`of-${cause}`, { cause }), numbered(cause, 2));
    const taken = await take(8);
    expect(taken.slice(0, 2)).toEqual(['manual0', 'manual1']);
    expect(taken.slice(2, 6).toSorted()).toEqual(['schedule0', 'schedule1', 'upstream0', 'upstream1']);
    expect(taken.slice(6)).toEqual(['backfill0', 'backfill1']);
  });
});

describe('tasks of one job', () => {
  test('are taken the large ones first, by the run before, also when they are planned later', async () => {
    const run = await openRun('elt', { before: { small: 1, middle: 50, large: 900 } });
    await announce(run, ['small', 'middle']);
    await announce(run, ['large']);
    expect(await take(3)).toEqual(['large', 'middle', 'small']);
  });

  test('are taken the older run first, also when its last ones are planned later', async () => {
    const older = await openRun('elt', { cause: 'backfill', day: 20 });
    const newer = await openRun('elt', { cause: 'backfill', day: 21 });
    await announce(older, ['older0', 'older1']);
    await announce(newer, ['newer0', 'newer1']);
    expect(await take(4)).toEqual(['older0', 'older1', 'newer0', 'newer1']);
  });

  test('that came to nothing are taken next, before what waits', async () => {
    const run = await openRun('elt');
    await announce(run, numbered('task', 5));
    await take(3);
    const again = await addTasks(
      pool,
      { runId: run.runId, asset: 'raw.t' },
      [{ key: 'task0', shard: null, customerId: null }],
      NOW,
    );
    await queue.announceAgain(again, run);
    const next = await take(3);
    expect(next.indexOf('task0')).toBeLessThan(2);
  });
});

test('no turn of a class is taken before one of a higher class, and none of what older versions announce is passed over', () => {
  const turn = fc.oneof(fc.nat(10), fc.nat(2 ** 29));
  fc.assert(
    fc.property(turn, turn, (one, other) => {
      const [backfill, schedule] = [classOf('backfill'), classOf('schedule')];
      expect(priorityOf(backfill, one)).toBeLessThan(priorityOf(schedule, other));
      expect(priorityOf(backfill, one)).toBeGreaterThan(100);
      expect(priorityOf(classOf('manual'), one)).toBeLessThan(2 ** 31);
      const [first, later] = [Math.min(one, other), Math.max(one, other)];
      expect(priorityOf(schedule, first)).toBeGreaterThanOrEqual(priorityOf(schedule, later));
    }),
  );
});
