import { execFile } from 'node:child_process';
import { chmod, chown, mkdtemp, rm, stat } from 'node:fs/promises';
import { createServer, connect, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { startEvaluations, startPostgres } from '@ovis/dev-stack';
import { createTestDatabase } from '@ovis/dev-stack/testing';
import { startSimulator, type Simulator } from '@ovis/fleet-simulator';
import { S3ObjectStore } from '@ovis/object-store';
import { migrateUp } from '@ovis/warehouse';
import { ShardedOvisClient } from 'ovis-client';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { batteryEvalResults } from './assets/battery-eval-results.ts';
import { CustomerDirectory } from './assets/customer-directory.ts';
import { deviceLastUpdates } from './assets/device-last-updates.ts';
import { thermostatHierarchy } from './assets/thermostat-hierarchy.ts';
import { assetRunner, type AssetRunner } from './testing/run-assets.ts';

const NOON = '2026-11-23T12:00:00.000Z';
const NIGHT = '2026-11-23T02:15:00.000Z';
const run = promisify(execFile);

let simulator: Simulator;
let truth: Readonly<Record<string, string>>;

/** What a run has left, without what differs from run to run. */
const CONTENTS = {
  states: 'select device_id, queried_at, shard, customer_id, payload from raw.device_last_updates order by 1, 2',
  nodes: 'select customer_id, node_id, queried_at, shard, payload from raw.thermostat_hierarchy order by 1, 2, 3',
};

async function digestsOf(url: string): Promise<Readonly<Record<string, string>>> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const digests: Record<string, string> = {};
    for (const [name, sql] of Object.entries(CONTENTS)) {
      const { rows } = await client.query<{ digest: string }>(
        `select count(*) || ' ' || md5(string_agg(t::text, '|')) as digest from (${sql}) as t`,
      );
      digests[name] = rows[0]?.digest ?? '';
    }
    return digests;
  } finally {
    await client.end();
  }
}

function listings(url: string): AssetRunner {
  const directory = new CustomerDirectory();
  return assetRunner(
    { url },
    { assets: [deviceLastUpdates(directory), thermostatHierarchy(directory)], cron: '0 */12 * * *' },
  );
}

function clientOf(shards: readonly { readonly baseUrl: string }[]): ShardedOvisClient {
  return new ShardedOvisClient({
    shards: shards.map(({ baseUrl }) => ({ baseUrl, username: 'ovis', password: 'secret' })),
    maxAttempts: 3,
    retryBaseDelayMs: 5,
    retryMaxDelayMs: 20,
  });
}

/** Waits until some rows are there, so that a fault meets work. */
async function atWork(url: string, rows = 200): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  for (;;) {
    const found = await client.query<{ rows: number }>('select count(*)::int as rows from raw.device_last_updates');
    if ((found.rows[0]?.rows ?? 0) >= rows) break;
  }
  await client.end();
}

/** Runs again until the run succeeds: what a scheduler would do. */
async function untilDone(runner: AssetRunner, client: ShardedOvisClient, executions = 5): Promise<void> {
  for (let execution = 0; execution < executions; execution += 1) {
    const report = await runner.runAt(NOON, { client }).catch(() => null);
    if (report?.outcome === 'succeeded') return;
  }
  throw new Error('the run did not come to its end');
}

beforeAll(async () => {
  simulator = await startSimulator({ devices: 3000, shards: 3, seed: 4, now: NOON, latencyMs: 15 });
  await using database = await createTestDatabase();
  await using client = clientOf(simulator.shards);
  await using runner = listings(database.url);
  await untilDone(runner, client, 1);
  truth = await digestsOf(database.url);
});

afterAll(async () => {
  await simulator.close();
});

describe('the tables equal the undisturbed truth after', () => {
  test('PostgreSQL was stopped and started during a load', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ovis-stopped-'));
    try {
      const before = await startPostgres({ folder });
      await migrateUp({ databaseUrl: before.url });
      await using client = clientOf(simulator.shards);
      {
        await using runner = listings(before.url);
        const running = runner.runAt(NOON, { client }).then(
          ({ outcome }) => outcome,
          () => 'thrown',
        );
        await atWork(before.url);
        await before.stop();
        expect(await running).not.toBe('succeeded');
      }
      await using after = await startPostgres({ folder });
      await using runner = listings(after.url);
      await untilDone(runner, client);
      expect(await digestsOf(after.url)).toEqual(truth);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  test('the server ended sessions again and again during a load', async () => {
    await using database = await createTestDatabase();
    await using client = clientOf(simulator.shards);
    await using runner = listings(database.url);
    runner.pool.on('error', () => undefined);
    const administrator = new Client({ connectionString: database.url });
    await administrator.connect();
    const stop = new AbortController();
    const ending = (async () => {
      for (let round = 0; round < 12 && !stop.signal.aborted; round += 1) {
        await sleep(150);
        await administrator.query(
          `select pg_terminate_backend(pid) from pg_stat_activity
           where datname = current_database() and pid <> pg_backend_pid() and random() < 0.5`,
        );
      }
    })();
    await untilDone(runner, client, 15);
    stop.abort();
    await ending;
    await administrator.end();
    expect(await digestsOf(database.url)).toEqual(truth);
  });

  test('a shard was gone for longer than all retries, and came back', async () => {
    await using database = await createTestDatabase();
    await using runner = listings(database.url);
    const [first, ...others] = simulator.shards;
    await using gate = await startGate(Number(new URL(first!.baseUrl).port));
    await using client = clientOf([{ baseUrl: gate.url }, ...others]);
    gate.close();
    const without = await runner.runAt(NOON, { client });
    expect(without.outcome).toBe('failed');
    expect(without.steps[0]?.totals?.succeededTasks).toBeGreaterThan(0);
    gate.open();
    await untilDone(runner, client);
    const digests = await digestsOf(database.url);
    const name = new URL(first!.baseUrl).host;
    await runner.pool.query('update raw.device_last_updates set shard = $1 where shard = $2', [
      name,
      new URL(gate.url).host,
    ]);
    await runner.pool.query('update raw.thermostat_hierarchy set shard = $1 where shard = $2', [
      name,
      new URL(gate.url).host,
    ]);
    expect(digests).not.toEqual(truth);
    expect(await digestsOf(database.url)).toEqual(truth);
  });

  test('the object store was gone in the middle of a part', async () => {
    await using database = await createTestDatabase();
    await using server = await startEvaluations(simulator, { historyDays: 3 });
    const settings = {
      endpoint: server.endpoint,
      region: server.region,
      bucket: 'battery-eval-results',
      accessKey: server.accessKey,
      secretKey: server.secretKey,
    };
    await using store = new S3ObjectStore({ settings, maxAttempts: 2, retryBaseDelayMs: 5 });
    const evaluations = { store, refusedLimit: 0.01 };
    await using runner = assetRunner(database, { assets: [batteryEvalResults()], cron: '15 2 * * *', evaluations });
    server.fail({ operation: 'get', times: Infinity, with: { kind: 'cut', bytes: 100_000 } });
    expect((await runner.runAt(NIGHT)).outcome).toBe('failed');
    server.reset();
    expect(await runner.runAt(NIGHT)).toMatchObject({ outcome: 'succeeded', attempt: 2 });
    const { rows } = await runner.pool.query<{ folder: string; algorithm: string; rows: number }>(
      `select folder_date::text as folder, algorithm, count(*)::int as rows from raw.battery_eval_results group by 1, 2 order by 1, 2`,
    );
    const at = new Date(simulator.now());
    for (const { folder, algorithm, rows: stored } of rows) {
      const told = [...simulator.truth.evaluations({ algorithm: algorithm as 'voltage-knee', date: folder }, at)];
      expect(stored).toBe(told.length);
    }
    expect(rows.length).toBeGreaterThanOrEqual(4);
  });

  test('two workers were started for the same run', async () => {
    await using database = await createTestDatabase();
    await using client = clientOf(simulator.shards);
    await using one = listings(database.url);
    await using other = listings(database.url);
    const outcomes = await Promise.allSettled([one, other].map((runner) => runner.runAt(NOON, { client })));
    const names = outcomes.map((outcome) =>
      outcome.status === 'fulfilled' ? outcome.value.outcome : (outcome.reason as Error).name,
    );
    // The second waits a moment, and finds the run done or busy.
    expect(names).toContain('succeeded');
    expect(['succeeded', 'RunBusyError']).toEqual(expect.arrayContaining(names));
    const { rows } = await one.pool.query('select attempt from ops.runs');
    expect(rows).toEqual([{ attempt: 1 }]);
    expect(await digestsOf(database.url)).toEqual(truth);
  });

  test('the disk of the warehouse was full', async (context) => {
    const disk = await smallDisk();
    if (disk === null) return context.skip('a small file system can be mounted by root on Linux only');
    try {
      await using server = await startPostgres();
      await migrateUp({ databaseUrl: server.url });
      const { uid, gid } = await stat(server.folder);
      await chown(disk.folder, uid, gid);
      await chmod(disk.folder, 0o700);
      await using runner = listings(server.url);
      await using client = clientOf(simulator.shards);
      const administrator = new Client({ connectionString: server.url });
      await administrator.connect();
      await administrator.query(`create tablespace small location '${disk.folder}'`);
      await administrator.query(
        `create table raw.device_last_updates_2026_11 partition of raw.device_last_updates
         for values from ('2026-11-01') to ('2026-12-01') tablespace small`,
      );
      await administrator.query('alter table raw.device_last_updates_2026_11 owner to ovis_loader');
      const full = await runner.runAt(NOON, { client });
      expect(full.outcome).toBe('failed');
      const { rows } = await administrator.query<{ message: string }>(
        `select distinct error_message as message from ops.tasks where state = 'failed'`,
      );
      expect(rows.map(({ message }) => message).join(' ')).toContain(
        "the server's disk is full; free space, then run it again",
      );
      const kept = await administrator.query<{ rows: number }>(
        'select count(*)::int as rows from raw.device_last_updates',
      );
      await administrator.query('alter table raw.device_last_updates_2026_11 set tablespace pg_default');
      await untilDone(runner, client);
      const after = await administrator.query<{ rows: number }>(
        'select count(*)::int as rows from raw.device_last_updates',
      );
      await administrator.end();
      expect(after.rows[0]?.rows).toBeGreaterThan(kept.rows[0]?.rows ?? 0);
      expect(await digestsOf(server.url)).toEqual(truth);
    } finally {
      await disk.remove();
    }
  });
});

/** A way to a port that can be closed, as a shard that is gone. */
async function startGate(
  port: number,
): Promise<AsyncDisposable & { readonly url: string; open(): void; close(): void }> {
  let isOpen = true;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    if (!isOpen) return void socket.resetAndDestroy();
    const onward = connect(port, '127.0.0.1');
    for (const end of [socket, onward]) sockets.add(end.on('error', () => undefined));
    socket.pipe(onward).pipe(socket);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const closeAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    open: () => void (isOpen = true),
    close: () => {
      isOpen = false;
      closeAll();
    },
    [Symbol.asyncDispose]: () =>
      new Promise((closed) => {
        closeAll();
        server.close(() => closed());
      }),
  };
}

/** A file system of a megabyte, or null where none can be had. */
async function smallDisk(): Promise<{ readonly folder: string; remove(): Promise<void> } | null> {
  const folder = await mkdtemp(join(tmpdir(), 'ovis-small-'));
  try {
    await run('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder]);
  } catch {
    await rm(folder, { recursive: true });
    return null;
  }
  return {
    folder,
    remove: async () => {
      await run('umount', ['-l', folder]);
      await rm(folder, { recursive: true });
    },
  };
}
