import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { createTestDatabase, type TestDatabase } from '@ovis/dev-stack/testing';
import { createPool } from '@ovis/warehouse';
import type { Pool } from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { claimTasks } from '../run-log/claim-tasks.ts';
import { FencedError } from '../errors.ts';
import { commitProgress } from '../run-log/commit-progress.ts';
import { tasksToLetGo } from '../run-log/plan-tasks.ts';
import { emptyCounters } from '../task-counters.ts';
import { TaskQueue } from '../task-queue.ts';
import { Presence, type Elapsed } from './presence.ts';
import { beatAndTakeOver } from './take-over.ts';

const NOW = new Date('2026-11-23T12:00:00Z');
const FACTS = { host: 'here', pid: 1, version: 'test' };
const ids = ['00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002'] as const;

let database: TestDatabase;
let pool: Pool;

beforeEach(async () => {
  database = await createTestDatabase();
  pool = createPool({ url: database.url, applicationName: 'test', role: 'ovis_loader', max: 6 });
});

afterEach(async () => {
  await pool.end();
  await database.drop();
});

/** A run that is led, with tasks that wait: their keys, and the rows that they had the time before. */
async function runWith(cause: string, tasks: Readonly<Record<string, number>>): Promise<string> {
  const { rows } = await pool.query<{ run_id: string }>(
    `with runs as (
       insert into ops.runs (job, scheduled_for, cause, state, attempt)
       values ('elt_' || $2, $1::timestamptz - interval '1 day', $2, 'succeeded', 1), ('elt_' || $2, $1, $2, 'running', 1)
       returning run_id, state
     ), steps as (
       insert into ops.steps (run_id, asset, kind, state) select run_id, 'raw.t', 'extract', state from runs returning run_id
     )
     select run_id from runs where state = 'running'`,
    [NOW, cause],
  );
  const runId = rows[0]?.run_id ?? '';
  await pool.query(
    `insert into ops.tasks (run_id, asset, task_key, state, counters)
     select run_id, 'raw.t', key, case when runs.state = 'running' then 'queued' else 'succeeded' end,
       case when runs.state = 'running' then '{}' else jsonb_build_object('rowsInserted', value) end
     from ops.runs, jsonb_each($1) where cause = $2`,
    [JSON.stringify(tasks), cause],
  );
  return runId;
}

async function claimAll(runId: string, workerId: string): ReturnType<typeof claimTasks> {
  const { rows } = await pool.query<{ task_id: string }>(
    `select task_id from ops.tasks where run_id = $1 and state = 'queued' order by task_key`,
    [runId],
  );
  const announced = rows.map((row) => ({ taskId: row.task_id, runAttempt: 1, announcementId: ids[0] }));
  return claimTasks(pool, announced, { workerId, assets: ['raw.t'], now: NOW });
}

/** Has a process that has said that it lives be silent for longer than it may. */
async function silence(workerId: string): Promise<void> {
  await pool.query(`update ops.workers set seen_at = now() - silent_ms * interval '2 ms' where worker_id = $1`, [
    workerId,
  ]);
}

describe('signs of life', () => {
  test('are not held up by loads that have all connections', async () => {
    const one = createPool({ url: database.url, applicationName: 'test', role: 'ovis_loader', max: 1 });
    const presence = new Presence(one, ids[0], FACTS);
    const load = one.query('select pg_sleep(1.5)');
    const startedMs = performance.now();
    await presence.beat();
    expect(performance.now() - startedMs).toBeLessThan(1_000);
    expect(presence.isCertain).toBe(true);
    await load;
    await presence.leave();
    await one.end();
  });

  test('that hang on a network that is cut without a word fail soon, and the next one finds another way', async () => {
    await using door = await openDoor(Number(new URL(database.url).port));
    const url = new URL(database.url);
    url.port = String(door.port);
    const through = createPool({ url: url.href, applicationName: 'test', role: 'ovis_loader', max: 2 });
    const presence = new Presence(through, ids[0], FACTS);
    presence.countsAsDeadAfter(1_600);
    await presence.beat();
    door.swallow();
    const startedMs = performance.now();
    await expect(presence.beat()).rejects.toThrow(/timeout/);
    expect(performance.now() - startedMs).toBeLessThan(1_000);
    door.letThrough();
    await presence.beat();
    expect(presence.isCertain).toBe(true);
    await presence.leave();
    await through.end();
  });

  test('do not reach over a suspension of the machine, in which the steady clock stands still', async () => {
    const now = { steadyMs: 1_000, wallMs: 50_000 };
    const elapsed: Elapsed = { steadyMs: () => now.steadyMs, wallMs: () => now.wallMs };
    const presence = new Presence(pool, ids[0], FACTS, elapsed);
    await presence.beat();
    expect(presence.isCertain).toBe(true);
    now.wallMs += 3_600_000;
    expect(presence.isCertain).toBe(false);
    await presence.beat();
    // The wall clock may also be set back.
    now.wallMs -= 3_600_000;
    expect(presence.isCertain).toBe(true);
    now.steadyMs += 6_000;
    expect(presence.isCertain).toBe(false);
    await presence.leave();
  });
});

describe('a process that was suspended and replaced', () => {
  test('writes nothing when it goes on, and lets its tasks go', async () => {
    const [asleep, awake] = ids.map((id) => new Presence(pool, id, FACTS));
    if (!asleep || !awake) throw new Error('two processes are needed');
    await asleep.beat();
    const runId = await runWith('schedule', { a: 1 });
    const [task] = (await claimAll(runId, asleep.workerId)).values();
    if (!task) throw new Error('nothing was claimed');
    await silence(asleep.workerId);
    expect(await beatAndTakeOver(pool, awake)).toBe(1);
    await claimAll(runId, awake.workerId);
    const progress = {
      taskId: task.taskId,
      taskKey: 'a',
      attempt: task.attempt,
      counters: emptyCounters(),
      committedAt: NOW,
      cursor: '1',
      isLast: false,
      table: 'raw.t',
      touchedDays: [],
      quarantined: [],
    };
    await expect(commitProgress(pool, [progress])).rejects.toThrow(FencedError);
    expect(await tasksToLetGo(pool, asleep.workerId, [task.taskId])).toEqual([task.taskId]);
    const generation = asleep.generation;
    await asleep.beat();
    expect(asleep.generation).toBe(generation + 1);
    await asleep.leave();
    await awake.leave();
  });
});

describe(beatAndTakeOver, () => {
  test('announces what a dead process had as its run would: large first, scheduled before backfill', async () => {
    const dead = new Presence(pool, ids[0], FACTS);
    await dead.beat();
    const scheduled = await runWith('schedule', { small: 1, large: 5_000 });
    const backfill = await runWith('backfill', { huge: 900_000 });
    await claimAll(scheduled, dead.workerId);
    await claimAll(backfill, dead.workerId);
    await silence(dead.workerId);
    const living = new Presence(pool, ids[1], FACTS);
    expect(await beatAndTakeOver(pool, living)).toBe(3);
    await using queue = await TaskQueue.open(pool, () => undefined);
    const keys: unknown[] = [];
    for (let taken = 0; taken < 3; taken++) {
      const [received] = await queue.take(1, 10);
      const { rows } = await pool.query('select task_key from ops.tasks where task_id = $1', [
        received?.announcement.taskId,
      ]);
      keys.push(rows[0]?.task_key);
    }
    expect(keys).toEqual(['large', 'small', 'huge']);
    await dead.leave();
    await living.leave();
  });

  test('gives a task up that three processes died with, and says so', async () => {
    const runId = await runWith('schedule', { killer: 1 });
    const living = new Presence(pool, ids[1], FACTS);
    for (let death = 1; death <= 3; death++) {
      const dying = new Presence(pool, ids[0], FACTS);
      await dying.beat();
      expect((await claimAll(runId, dying.workerId)).size).toBe(1);
      await silence(dying.workerId);
      await dying.pool.end();
      expect(await beatAndTakeOver(pool, living)).toBe(1);
    }
    const { rows } = await pool.query(
      `select state, error_class, deaths, error_message like '3 processes died%' as says from ops.tasks where run_id = $1`,
      [runId],
    );
    expect(rows).toEqual([{ state: 'failed', error_class: 'worker_died', deaths: 3, says: true }]);
    const events = await pool.query('select kind, task_key from ops.run_events where run_id = $1', [runId]);
    expect(events.rows).toEqual([{ kind: 'task_failed', task_key: 'killer' }]);
    await living.leave();
  });
});

/** A port that leads to another one, and can swallow what comes on the connections that are open, as a network does that is cut. */
async function openDoor(
  target: number,
): Promise<AsyncDisposable & { readonly port: number; swallow(): void; letThrough(): void }> {
  const sockets = new Set<Socket>();
  let swallows = false;
  const server = createServer((socket) => {
    const onward = connect(target, '127.0.0.1');
    const isCut = { value: swallows };
    cuts.push(() => (isCut.value = true));
    for (const [end, other] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      sockets.add(end);
      end.on('error', () => other.destroy());
      end.on('close', () => {
        sockets.delete(end);
        if (!isCut.value) other.destroy();
      });
      end.on('data', (data) => {
        if (!isCut.value) other.write(data);
      });
    }
  });
  const cuts: (() => void)[] = [];
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    swallow: () => {
      swallows = true;
      for (const cut of cuts) cut();
    },
    letThrough: () => {
      swallows = false;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
