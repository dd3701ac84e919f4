import { ManualClock } from '@ovis/foundation';
import { createTestDatabase, type TestDatabase } from '@ovis/dev-stack/testing';
import { createPool } from '@ovis/warehouse';
import type { Pool } from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Catalog, ExtractAsset, ModelResult, TaskContext } from '../asset.ts';
import { commitProgress } from '../run-log/commit-progress.ts';
import { executeRun, type ExecuteRunOptions } from './execute-run.ts';
import type { RunReport } from './report.ts';

const NOON = new Date('2026-11-23T12:00:00Z');

class ShardFault extends Error {
  override readonly name = 'ShardFault';
  readonly retryability: 'transient' | 'terminal';
  readonly errorClass: string;

  constructor(retryability: 'transient' | 'terminal') {
    super('the shard answered 500');
    this.retryability = retryability;
    this.errorClass = 'http_500';
  }
}

/** A source in memory: customers a shard, pages a customer, and a record of what it was asked. */
class MemorySource {
  readonly asked: string[] = [];
  readonly shards = new Map<string, readonly string[]>();
  readonly faults = new Map<string, ShardFault>();
  readonly unreachable = new Set<string>();
  /** Places of entries that no task can be made of. */
  unusable: string[] = [];
  pagesPerCustomer = 3;
  onPage: (key: string, page: number) => void | Promise<void> = () => undefined;
}

type Resources = { readonly source: MemorySource; readonly pool: Pool };

const asset: ExtractAsset<Resources> = {
  name: 'raw.device_last_updates',
  description: 'states',
  isSnapshot: true,
  unavailable: ({ source }) => (source.shards.size === 0 ? 'no shard is set' : null),
  scopes: ({ source }) => [...source.shards.keys()],
  async *plan(shard, { resources: { source }, counters }) {
    if (source.unreachable.has(shard)) throw new ShardFault('transient');
    counters.requests += 1;
    yield {
      tasks: (source.shards.get(shard) ?? []).map((customerId) => ({
        key: `${shard}/${customerId}`,
        shard,
        customerId,
      })),
      quarantined: source.unusable.map((position) => ({ position, reason: 'key_invalid:customerId' })),
    };
  },
  load: loadFromMemory,
};

async function loadFromMemory(context: TaskContext<Resources>): Promise<void> {
  const { source, pool } = context.resources;
  const { key } = context.task;
  for (let page = Number(context.cursor ?? 0); page < source.pagesPerCustomer; page++) {
    context.signal.throwIfAborted();
    source.asked.push(`${key}#${String(page)}`);
    context.counters.requests += 1;
    await source.onPage(key, page);
    const fault = source.faults.get(key);
    if (fault && page === 1) throw fault;
    context.counters.rowsInserted += 10;
    const client = await pool.connect();
    try {
      await client.query('begin');
      const progress = context.progress({
        cursor: String(page + 1),
        isLast: page + 1 === source.pagesPerCustomer,
        table: 'raw.device_last_updates',
        touchedDays: ['2026-11-23'],
        quarantined: [],
      });
      await commitProgress(client, [progress]);
      await client.query('commit');
    } catch (error) {
      await client.query('rollback');
      throw error;
    } finally {
      client.release();
    }
  }
}

const modelResult: ModelResult = {
  name: 'marts.m',
  kind: 'model',
  status: 'succeeded',
  rows: 7,
  seconds: 0.1,
  message: null,
};

function catalogWith(onBuild: (downstreamOf: readonly string[]) => readonly ModelResult[]): Catalog<Resources> {
  return {
    assets: [asset],
    jobs: [{ name: 'elt', description: '', cron: '0 */12 * * *', assets: [asset.name] }],
    models: {
      list: () => Promise.resolve([]),
      stale: () => Promise.resolve(emptied),
      build: ({ downstreamOf, onResult }) => {
        const results = onBuild(downstreamOf);
        results.forEach(onResult);
        return Promise.resolve(results);
      },
    },
  };
}

let database: TestDatabase;
let pool: Pool;
let source: MemorySource;
let clock: ManualClock;
let built: (readonly string[])[];
/** Models that a crash has emptied. */
let emptied: readonly string[];

beforeEach(async () => {
  database = await createTestDatabase();
  pool = createPool({ url: database.url, applicationName: 'test', role: 'ovis_loader', max: 10 });
  source = new MemorySource();
  source.shards.set('shard-1', ['c-1', 'c-2']).set('shard-2', ['c-3']);
  clock = new ManualClock(new Date('2026-11-23T13:30:00Z'));
  built = [];
  emptied = [];
});

afterEach(async () => {
  await pool.end();
  await database.drop();
});

function run(options: Partial<ExecuteRunOptions<Resources>> = {}): Promise<RunReport> {
  return executeRun({
    catalog: catalogWith((downstreamOf) => {
      built.push(downstreamOf);
      return [modelResult];
    }),
    job: 'elt',
    cause: 'manual',
    timeZone: 'UTC',
    resources: { source, pool },
    pool,
    clock,
    concurrency: { tasks: 4, tasksPerShard: 2 },
    ...options,
  });
}

async function rowsOf(sql: string): Promise<readonly unknown[]> {
  return (await pool.query<Record<string, unknown>>(sql)).rows;
}

describe(executeRun, () => {
  test('loads every customer of every shard for the latest tick, then builds the models', async () => {
    const report = await run();
    expect(report).toMatchObject({ outcome: 'succeeded', scheduledFor: NOON, attempt: 1, wasDone: false });
    expect(source.asked.toSorted()).toEqual(
      ['shard-1/c-1', 'shard-1/c-2', 'shard-2/c-3'].flatMap((key) => [`${key}#0`, `${key}#1`, `${key}#2`]),
    );
    expect(built).toEqual([['raw.device_last_updates']]);
    expect(await rowsOf('select state, attempt, cause from ops.runs')).toEqual([
      { state: 'succeeded', attempt: 1, cause: 'manual' },
    ]);
    expect(await rowsOf('select asset, kind, state from ops.steps order by 1')).toEqual([
      { asset: 'marts.m', kind: 'model', state: 'succeeded' },
      { asset: 'raw.device_last_updates', kind: 'extract', state: 'succeeded' },
    ]);
    expect(
      await rowsOf('select asset, customers, rows_inserted, requests from ops.materializations order by 1'),
    ).toEqual([
      { asset: 'marts.m', customers: null, rows_inserted: '7', requests: null },
      { asset: 'raw.device_last_updates', customers: 3, rows_inserted: '90', requests: '11' },
    ]);
    expect(await rowsOf('select asset, interval_start, interval_end from ops.loaded_intervals')).toEqual([
      { asset: 'raw.device_last_updates', interval_start: NOON, interval_end: new Date('2026-11-24T00:00:00Z') },
    ]);
    expect(await rowsOf('select sum(touches) as version from ops.touched_days')).toEqual([{ version: '9' }]);
  });

  test('builds the models again, and asks for nothing, when a crash has emptied one since the run succeeded', async () => {
    await run();
    source.asked.length = 0;
    emptied = ['marts.m'];
    expect(await run()).toMatchObject({ outcome: 'succeeded', wasDone: false, attempt: 2 });
    expect(source.asked).toEqual([]);
    expect(built).toHaveLength(2);
    emptied = [];
    expect(await run()).toMatchObject({ wasDone: true });
  });

  test('quarantines entries that no task can be made of, by place and reason', async () => {
    source.unusable = ['page 1, item 7'];
    const report = await run();
    expect(report.outcome).toBe('succeeded');
    expect(report.steps[0]?.totals?.counters.quarantined).toBe(2);
    expect(await rowsOf('select task_key, position, reason from ops.quarantine order by 1')).toEqual([
      { task_key: 'shard-1/*', position: 'page 1, item 7', reason: 'key_invalid:customerId' },
      { task_key: 'shard-2/*', position: 'page 1, item 7', reason: 'key_invalid:customerId' },
    ]);
  });

  test('asks for nothing when the run has succeeded, and for everything when forced', async () => {
    await run();
    source.asked.length = 0;
    expect(await run()).toMatchObject({ outcome: 'succeeded', wasDone: true });
    expect(source.asked).toEqual([]);
    expect(await run({ force: true })).toMatchObject({ outcome: 'succeeded', wasDone: false, attempt: 2 });
    expect(source.asked).toHaveLength(9);
  });

  test('records a customer that fails, goes on with the others, and does only that one again', async () => {
    source.shards.set(
      'shard-2',
      Array.from({ length: 30 }, (_, index) => `c-${String(index + 10)}`),
    );
    source.faults.set('shard-1/c-1', new ShardFault('terminal'));
    const report = await run();
    expect(report.outcome).toBe('partly_failed');
    expect(report.steps[0]?.totals).toMatchObject({ tasks: 32, failedTasks: 1, errorsByClass: { http_500: 1 } });
    expect(await rowsOf(`select task_key, error_class, error_message from ops.tasks where state = 'failed'`)).toEqual([
      { task_key: 'shard-1/c-1', error_class: 'http_500', error_message: 'the shard answered 500' },
    ]);
    expect(await rowsOf('select 1 from ops.loaded_intervals')).toEqual([]);
    source.faults.clear();
    source.asked.length = 0;
    expect(await run()).toMatchObject({ outcome: 'succeeded', attempt: 2 });
    expect(source.asked).toEqual(['shard-1/c-1#0', 'shard-1/c-1#1', 'shard-1/c-1#2']);
    // The page that was stored before the failure was asked for again, and is counted once; the traffic is counted as it was.
    expect(
      await rowsOf(
        `select attempt, rows_inserted, requests from ops.materializations where asset like 'raw%' order by 1`,
      ),
    ).toEqual([
      { attempt: 1, rows_inserted: '940', requests: '97' },
      { attempt: 2, rows_inserted: '960', requests: '100' },
    ]);
    expect(
      await rowsOf(`select task_key, detail ->> 'errorClass' as class from ops.run_events where kind = 'task_failed'`),
    ).toEqual([{ task_key: 'shard-1/c-1', class: 'http_500' }]);
  });

  test('says of a run that succeeded that it did, even when its period is over', async () => {
    await run();
    source.asked.length = 0;
    clock.set(new Date('2026-11-24T01:00:00Z'));
    expect(await run({ scheduledFor: NOON })).toMatchObject({ outcome: 'succeeded', wasDone: true });
    expect(source.asked).toEqual([]);
    await expect(run({ scheduledFor: NOON, force: true })).rejects.toThrow('knows only its present state');
  });

  test('does nothing again when the process that it waited for has brought the run to its end', async () => {
    let second: Promise<RunReport> | undefined;
    const first = await run({
      onEvent: (event) => {
        if (event.type === 'step_finished') second ??= run();
      },
    });
    expect(first.attempt).toBe(1);
    expect(await second).toMatchObject({ outcome: 'succeeded', wasDone: true, attempt: 1 });
    expect(built).toHaveLength(1);
    expect(await rowsOf('select count(*)::int as rows from ops.materializations')).toEqual([{ rows: 2 }]);
  });

  test('does not write a step again that an earlier execution has loaded in full', async () => {
    let modelFails = true;
    const catalog = catalogWith(() => [
      { ...modelResult, status: modelFails ? 'failed' : 'succeeded', message: modelFails ? 'no' : null },
    ]);
    expect(await run({ catalog })).toMatchObject({ outcome: 'failed' });
    modelFails = false;
    source.asked.length = 0;
    const again = await run({ catalog });
    expect(again).toMatchObject({ outcome: 'succeeded', attempt: 2 });
    expect(again.steps[0]).toMatchObject({ outcome: 'succeeded', totals: { customers: 3 } });
    expect(source.asked).toEqual([]);
    expect(
      await rowsOf(
        'select asset, attempt, state, errors_by_class from ops.materializations order by materialization_id',
      ),
    ).toEqual([
      { asset: 'raw.device_last_updates', attempt: 1, state: 'succeeded', errors_by_class: {} },
      { asset: 'marts.m', attempt: 1, state: 'failed', errors_by_class: { model_failed: 1 } },
      { asset: 'marts.m', attempt: 2, state: 'succeeded', errors_by_class: {} },
    ]);
  });

  test('fails a task that ends without its last commit', async () => {
    const lazy: ExtractAsset<Resources> = { ...asset, load: () => Promise.resolve() };
    const report = await run({ catalog: { ...catalogWith(() => []), assets: [lazy] } });
    expect(report.outcome).toBe('failed');
    expect(report.steps[0]?.totals?.failures[0]?.message).toBe('task shard-1/c-1 ended without its last commit');
  });

  test('announces again what another process took from the queue and did not do', async () => {
    let isTaken = false;
    source.onPage = async () => {
      if (isTaken) return;
      isTaken = true;
      // As a process that took them, was stopped, and handed them back.
      await pool.query(`delete from pgboss.job where state = 'created'`);
    };
    expect(await run({ concurrency: { tasks: 1, tasksPerShard: 1 } })).toMatchObject({ outcome: 'succeeded' });
    expect(source.asked).toHaveLength(9);
  }, 30_000);

  test('leaves tasks alone whose asset it does not have', async () => {
    let other: Promise<RunReport> | undefined;
    source.onPage = async () => {
      // Another run, whose process has no source: it looks into the same queue.
      other ??= run({ cause: 'backfill', resources: { source: new MemorySource(), pool } });
      await other;
    };
    expect(await run({ concurrency: { tasks: 1, tasksPerShard: 1 } })).toMatchObject({ outcome: 'succeeded' });
    expect(source.asked).toHaveLength(9);
  }, 30_000);

  test('does what an interrupted execution planned, even if the source does not list it any more', async () => {
    const stop = new AbortController();
    source.unreachable.add('shard-2');
    source.onPage = () => {
      stop.abort();
    };
    expect(await run({ signal: stop.signal })).toMatchObject({ outcome: 'cancelled' });
    source.unreachable.clear();
    source.shards.set('shard-1', ['c-1']);
    source.onPage = () => undefined;
    expect(await run()).toMatchObject({ outcome: 'succeeded' });
    expect(await rowsOf('select task_key, state from ops.tasks where customer_id is not null order by 1')).toEqual(
      ['shard-1/c-1', 'shard-1/c-2', 'shard-2/c-3'].map((task_key) => ({ task_key, state: 'succeeded' })),
    );
  });

  test('loads what was left out once its source is set', async () => {
    const nothing = new MemorySource();
    expect(await run({ resources: { source: nothing, pool } })).toMatchObject({ outcome: 'succeeded' });
    expect(await run({ resources: { source: nothing, pool } })).toMatchObject({ wasDone: true });
    expect(await run()).toMatchObject({ outcome: 'succeeded', wasDone: false });
    expect(source.asked).toHaveLength(9);
  });

  test('writes no end over that of another execution, when the lock is lost while models are built', async () => {
    const catalog: Catalog<Resources> = {
      ...catalogWith(() => []),
      models: {
        list: () => Promise.resolve([]),
        stale: () => Promise.resolve(emptied),
        build: async ({ signal }) => {
          const administrator = createPool({ url: database.url, applicationName: 'test', max: 1 });
          await administrator.query(
            `select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and pid <> pg_backend_pid()`,
          );
          await administrator.end();
          await expect.poll(() => signal.aborted).toBe(true);
          return [];
        },
      },
    };
    await expect(run({ catalog })).rejects.toThrow('another process is executing');
    expect(await rowsOf('select state from ops.runs')).toEqual([{ state: 'running' }]);
    expect(await run()).toMatchObject({ outcome: 'succeeded', attempt: 2 });
  });

  test('tries a task again at its cursor when the fault may pass', async () => {
    source.faults.set('shard-1/c-1', new ShardFault('transient'));
    source.onPage = (key, page) => {
      if (key === 'shard-1/c-1' && page === 1 && source.asked.filter((asked) => asked === 'shard-1/c-1#1').length > 1)
        source.faults.clear();
    };
    expect(await run()).toMatchObject({ outcome: 'succeeded' });
    expect(source.asked.filter((asked) => asked.startsWith('shard-1/c-1'))).toEqual([
      'shard-1/c-1#0',
      'shard-1/c-1#1',
      'shard-1/c-1#1',
      'shard-1/c-1#2',
    ]);
  });

  test('fails the step when a shard cannot be listed, loads the other shards, and lists it again next time', async () => {
    source.unreachable.add('shard-2');
    const report = await run();
    expect(report.outcome).toBe('failed');
    expect(source.asked).toHaveLength(6);
    expect(built).toEqual([['raw.device_last_updates']]);
    source.unreachable.clear();
    expect(await run()).toMatchObject({ outcome: 'succeeded' });
    expect(source.asked).toHaveLength(9);
  });

  test('goes on where an interrupted execution stopped', async () => {
    const stop = new AbortController();
    source.onPage = () => {
      if (source.asked.length === 5) stop.abort();
    };
    expect(await run({ signal: stop.signal })).toMatchObject({ outcome: 'cancelled', models: [] });
    const [before] = (await rowsOf('select sum(touches)::int as commits from ops.touched_days')) as [
      { commits: number },
    ];
    source.onPage = () => undefined;
    source.asked.length = 0;
    expect(await run()).toMatchObject({ outcome: 'succeeded', attempt: 2 });
    expect(source.asked).toHaveLength(9 - before.commits);
    expect(await rowsOf('select sum(touches)::int as commits from ops.touched_days')).toEqual([{ commits: 9 }]);
  });

  test('takes over what a killed execution left running, and refuses its late writes', async () => {
    let late: (() => Promise<void>) | undefined;
    const stuck: ExtractAsset<Resources> = {
      ...asset,
      load: async (context) => {
        late = () => loadFromMemory({ ...context, signal: new AbortController().signal });
        await new Promise((_, reject) => {
          context.signal.addEventListener('abort', () => {
            reject(new Error('gone'));
          });
        });
      },
    };
    const catalog = { ...catalogWith(() => []), assets: [stuck] };
    const killed = run({ catalog }).catch((error: unknown) => error);
    await expect.poll(() => late).toBeDefined();
    // As the server sees a killed process: its lock is gone, its tasks are still `running`.
    const administrator = createPool({ url: database.url, applicationName: 'test', max: 1 });
    await administrator.query(
      `select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and pid <> pg_backend_pid()`,
    );
    await administrator.end();
    const report = await run();
    expect(report).toMatchObject({ outcome: 'succeeded', attempt: 2 });
    await expect(late?.()).rejects.toThrow('was taken over by another attempt');
    expect(await rowsOf('select sum(touches)::int as commits from ops.touched_days')).toEqual([{ commits: 9 }]);
    expect(await killed).toMatchObject({ name: 'RunBusyError' });
  });

  test('refuses to execute a run that another process executes', async () => {
    let second: Promise<unknown> | undefined;
    source.onPage = async () => {
      second ??= run().catch((error: unknown) => error);
      await second;
    };
    expect(await run()).toMatchObject({ outcome: 'succeeded' });
    expect(await second).toMatchObject({
      message: expect.stringContaining('another process is executing elt for 2026-11-23T12:00:00.000Z') as string,
    });
  });

  test('refuses an unknown job, the future, and a snapshot of a period that is over', async () => {
    await expect(run({ job: 'etl' })).rejects.toThrow('there is no job "etl"; the jobs are elt');
    await expect(run({ scheduledFor: new Date('2026-11-24T00:00:00Z') })).rejects.toThrow('lies in the future');
    await expect(run({ scheduledFor: new Date('2026-11-23T00:00:00Z') })).rejects.toThrow(
      '2026-11-23T00:00:00.000Z: raw.device_last_updates could be loaded for that time only until 2026-11-23T12:00:00.000Z',
    );
  });

  test('skips an asset whose source is not set, with the reason', async () => {
    source.shards.clear();
    const report = await run();
    expect(report.steps).toEqual([
      { asset: 'raw.device_last_updates', outcome: 'skipped', reason: 'no shard is set', totals: null, seconds: 0 },
    ]);
    expect(report.models).toEqual([]);
  });
});
