import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startPostgres } from '@ovis/dev-stack';
import { createTestDatabase, type TestDatabase } from '@ovis/dev-stack/testing';
import { migrateUp } from '@ovis/warehouse';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ask, digestsOf, tasksDone } from './testing/digests.ts';
import { runScheduler, startScheduler, type StartedScheduler } from './testing/run-scheduler.ts';
import { startSources, type SimulatedSources } from './testing/sources.ts';

/** Just behind a tick of the twelve-hourly job; the daily ones of the day have passed. */
const NOON = '2026-11-23T12:00:01Z';
const LIMIT = 6;

let sources: SimulatedSources;
let undisturbed: Readonly<Record<string, string>>;
let database: TestDatabase;
let settings: Readonly<Record<string, string>>;
let started: StartedScheduler[];

beforeAll(async () => {
  const world = { devices: 500, customers: 30, shards: 5, seed: 5, now: NOON, latencyMs: 60, historyDays: 6 };
  sources = await startSources(world);
  await using quiet = await createTestDatabase();
  const jobs = ['twelve_hourly_elt', 'daily_aggregates_elt', 'battery_algorithm_eval_results_elt'];
  const runUndisturbed = async (job: string): Promise<void> => {
    const ended = await runScheduler(['run', job, '--now', NOON], { ...sources.settings, DATABASE_URL: quiet.url });
    if (ended.exitCode !== 0) throw new Error(`the undisturbed run of ${job} failed: ${ended.stderr}`);
  };
  await Promise.all(jobs.map(runUndisturbed));
  undisturbed = await digestsOf(quiet.url);
});

afterAll(async () => {
  await sources[Symbol.asyncDispose]();
});

beforeEach(async () => {
  database = await createTestDatabase();
  settings = {
    ...sources.settings,
    DATABASE_URL: database.url,
    OVIS_MAX_REQUESTS_PER_SHARD: String(LIMIT),
    HTTP_PORT: '0',
    OVIS_DEAD_AFTER_SECONDS: '4',
  };
  started = [];
  sources.simulator.resetRequests();
});

afterEach(async () => {
  for (const { child } of started) {
    child.kill('SIGCONT');
    child.kill('SIGKILL');
  }
  await Promise.all(started.map(({ ended }) => ended));
  await database.drop();
});

function startServing(...options: readonly string[]): StartedScheduler {
  const process = startScheduler(['serve', '--now', NOON, ...options], settings);
  started.push(process);
  return process;
}

/** How many runs the schedules have made, and how many of them ended well. */
async function runs(): Promise<{ made: number; succeeded: number } | undefined> {
  return ask(
    database.url,
    `select count(*)::int as made, count(*) filter (where state = 'succeeded')::int as succeeded
     from ops.runs where cause = 'schedule'`,
  );
}

const allSucceeded = (): Promise<boolean> => runs().then((seen) => seen?.succeeded === 3);
const soon = { timeout: 60_000, interval: 50 };

/** Steps that were brought to a good end more than once. */
async function doneTwice(): Promise<number | undefined> {
  const row = await ask<{ twice: number }>(
    database.url,
    `select count(*)::int as twice from (
       select run_id, asset from ops.loaded_intervals join ops.materializations using (run_id, asset)
       where materializations.state = 'succeeded' group by 1, 2 having count(*) > 1) as again`,
  );
  return row?.twice;
}

/** The process that leads the run of the twelve-hourly job holds its lock. */
async function leaderOf(job: string): Promise<string | undefined> {
  const row = await ask<{ worker: string }>(
    database.url,
    `select split_part(application_name, '/', 2) as worker
     from ops.runs
     join pg_locks on locktype = 'advisory' and granted
       and ((classid::bigint << 32) | objid::bigint) = hashtextextended('ovis run ' || run_id, 0)
     join pg_stat_activity using (pid)
     where job = '${job}'`,
  );
  return row?.worker;
}

async function workerIdOf({ child }: StartedScheduler): Promise<string | undefined> {
  const row = await ask<{ id: string }>(
    database.url,
    `select worker_id::text as id from ops.workers where pid = ${String(child.pid)}`,
  );
  return row?.id;
}

describe('three processes that serve', () => {
  test('run each schedule once, keep to the requests of a shard together, and leave what one process would', async () => {
    for (let process = 0; process < 3; process++) startServing();
    await expect.poll(allSucceeded, soon).toBe(true);
    // On a busy machine a process may be taken for dead, and its run be led again.
    expect(await runs()).toEqual({ made: 3, succeeded: 3 });
    expect(await doneTwice()).toBe(0);
    expect(await digestsOf(database.url)).toEqual(undisturbed);
    for (const { maxConcurrent } of sources.simulator.requests) expect(maxConcurrent).toBeLessThanOrEqual(LIMIT);
    const workers = await ask<{ workers: number }>(
      database.url,
      'select count(distinct worker_id)::int as workers from ops.tasks where worker_id is not null',
    );
    expect(workers?.workers).toBeGreaterThan(1);
  });

  test('take over within 15 seconds what a killed one had, the lead of a run included', async () => {
    const processes = [startServing(), startServing(), startServing()];
    await expect.poll(() => tasksDone(database.url), soon).toBeGreaterThanOrEqual(5);
    const leader = await leaderOf('twelve_hourly_elt');
    const ids = await Promise.all(processes.map(workerIdOf));
    const victim = processes[Math.max(0, ids.indexOf(leader))];
    const inHand = (): Promise<number | undefined> =>
      ask<{ tasks: number }>(
        database.url,
        `select count(*)::int as tasks from ops.tasks where state = 'running' and worker_id = '${leader ?? ''}'`,
      ).then((row) => row?.tasks);
    victim?.child.kill('SIGKILL');
    const killedMs = performance.now();
    await expect.poll(inHand, { ...soon, timeout: 15_000 }).toBe(0);
    expect(performance.now() - killedMs).toBeLessThan(15_000);
    await expect.poll(allSucceeded, soon).toBe(true);
    expect(await digestsOf(database.url)).toEqual(undisturbed);
    expect(await doneTwice()).toBe(0);
  });

  test('replace one that was stopped, which writes nothing when it goes on', async () => {
    const processes = [startServing(), startServing()];
    await expect.poll(() => tasksDone(database.url), soon).toBeGreaterThanOrEqual(5);
    processes[0]?.child.kill('SIGSTOP');
    await expect.poll(allSucceeded, soon).toBe(true);
    const before = await digestsOf(database.url);
    const written = await ask(database.url, 'select sum(touches) as touches from ops.touched_days');
    processes[0]?.child.kill('SIGCONT');
    // It says that it lives each second, and looks each second what it has to let go.
    await sleep(2_500);
    expect(await ask(database.url, 'select sum(touches) as touches from ops.touched_days')).toEqual(written);
    expect(before).toEqual(undisturbed);
    expect(await digestsOf(database.url)).toEqual(undisturbed);
  });

  test('hand back what they have at SIGTERM and exit with code 0, for others to go on', async () => {
    const first = startServing();
    await expect.poll(() => tasksDone(database.url), soon).toBeGreaterThanOrEqual(5);
    const stoppedMs = performance.now();
    first.child.kill('SIGTERM');
    const { exitCode, stdout } = await first.ended;
    expect(exitCode, stdout).toBe(0);
    expect(performance.now() - stoppedMs).toBeLessThan(25_000);
    expect(await ask(database.url, `select count(*)::int as left from ops.tasks where state = 'running'`)).toEqual({
      left: 0,
    });
    expect(await ask(database.url, 'select count(*)::int as workers from ops.workers')).toEqual({ workers: 0 });
    startServing();
    await expect.poll(allSucceeded, soon).toBe(true);
    expect(await digestsOf(database.url)).toEqual(undisturbed);
  });

  test('end a run that is cancelled, its requests too, and leave the others alone', async () => {
    startServing();
    startServing();
    await expect.poll(() => tasksDone(database.url), soon).toBeGreaterThanOrEqual(3);
    await ask(
      database.url,
      `update ops.runs set cancel_requested_at = now() where job = 'twelve_hourly_elt' and state = 'running'`,
    );
    const state = (): Promise<string | undefined> =>
      ask<{ state: string }>(database.url, `select state from ops.runs where job = 'twelve_hourly_elt'`).then(
        (row) => row?.state,
      );
    await expect.poll(state, soon).toBe('cancelled');
    expect(
      await ask(
        database.url,
        `select count(*)::int as open from ops.tasks join ops.runs using (run_id)
         where job = 'twelve_hourly_elt' and tasks.state in ('queued', 'running')`,
      ),
    ).toEqual({ open: 0 });
    await expect.poll(() => runs().then((seen) => seen?.succeeded), soon).toBe(2);
  });
});

test('processes that serve wait while PostgreSQL is away, and lose nothing', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ovis-away-'));
  const before = await startPostgres({ folder });
  await migrateUp({ databaseUrl: before.url });
  const door = await openDoor(before.port);
  try {
    const url = (port: number): string => before.url.replace(`:${String(before.port)}/`, `:${String(port)}/`);
    settings = { ...settings, DATABASE_URL: url(door.port) };
    const processes = [startServing(), startServing()];
    await expect.poll(() => tasksDone(before.url).catch(() => 0), soon).toBeGreaterThanOrEqual(5);
    await before.stop();
    // Longer than it takes to be taken for dead.
    await sleep(6_000);
    const gone = processes.filter(({ child }) => child.exitCode !== null);
    expect(await Promise.all(gone.map(({ ended }) => ended.then(({ stderr }) => stderr)))).toEqual([]);
    await using after = await startPostgres({ folder });
    door.leadTo(after.port);
    const done = (): Promise<number | undefined> =>
      ask<{ done: number }>(after.url, `select count(*)::int as done from ops.runs where state = 'succeeded'`).then(
        (row) => row?.done,
      );
    await expect.poll(done, soon).toBe(3);
    expect(await digestsOf(after.url)).toEqual(undisturbed);
    for (const { child } of processes) child.kill('SIGTERM');
    for (const { ended } of processes) expect((await ended).exitCode).toBe(0);
  } finally {
    door.close();
    await rm(folder, { recursive: true, force: true });
  }
});

/** Connections to one port that lead to another, which may change. */
async function openDoor(target: number): Promise<{ port: number; leadTo(port: number): void; close(): void }> {
  let leadsTo = target;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const onward = connect(leadsTo, '127.0.0.1');
    for (const [end, other] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      sockets.add(end);
      end.on('error', () => other.destroy());
      end.on('close', () => {
        sockets.delete(end);
        other.destroy();
      });
      end.pipe(other);
    }
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    port: (server.address() as AddressInfo).port,
    leadTo: (port) => {
      leadsTo = port;
    },
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
