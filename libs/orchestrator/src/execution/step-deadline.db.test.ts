import { ManualClock } from '@ovis/foundation';
import { createTestDatabase, type TestDatabase } from '@ovis/dev-stack/testing';
import { createPool } from '@ovis/warehouse';
import type { Pool } from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Catalog, ExtractAsset, ModelResult } from '../asset.ts';
import { commitProgress } from '../run-log/commit-progress.ts';
import { executeRun, type ExecuteRunOptions } from './execute-run.ts';
import type { RunReport } from './report.ts';

let database: TestDatabase;
let pool: Pool;
/** Tasks, and scopes that are planned, that hang until they are broken off; then they are noted. */
let hanging: ReadonlySet<string>;
let brokenOff: string[];
let built: (readonly string[])[];

beforeEach(async () => {
  database = await createTestDatabase();
  pool = createPool({ url: database.url, applicationName: 'test', role: 'ovis_loader', max: 6 });
  hanging = new Set();
  brokenOff = [];
  built = [];
});

afterEach(async () => {
  await pool.end();
  await database.drop();
});

async function hangIfWanted(key: string, signal: AbortSignal): Promise<void> {
  if (!hanging.has(key)) return;
  await new Promise<void>((_, reject) => {
    signal.addEventListener('abort', () => {
      brokenOff.push(key);
      reject(new Error('broken off'));
    });
  });
}

function asset(name: string, deadlineMs?: number): ExtractAsset<null> {
  return {
    name,
    description: '',
    isSnapshot: false,
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
    unavailable: () => null,
    scopes: () => ['s1', 's2'],
    async *plan(scope, { signal }) {
      await hangIfWanted(`${name}/${scope}`, signal);
      yield { tasks: ['a', 'b'].map((customerId) => ({ key: `${scope}/${customerId}`, shard: scope, customerId })) };
    },
    async load(context) {
      const { task, signal, counters } = context;
      await hangIfWanted(`${name}/${task.key}`, signal);
      counters.rowsInserted += 1;
      const last = { cursor: null, isLast: true, table: name, touchedDays: [], quarantined: [] };
      await commitProgress(pool, [context.progress(last)]);
    },
  };
}

function run(options: Partial<ExecuteRunOptions<null>> = {}): Promise<RunReport> {
  const assets = [asset('raw.slow', 700), asset('raw.quick')];
  const model: ModelResult = {
    name: 'marts.m',
    kind: 'model',
    status: 'succeeded',
    rows: 1,
    seconds: 0,
    message: null,
  };
  const catalog: Catalog<null> = {
    assets,
    jobs: [{ name: 'elt', description: '', cron: '0 3 * * *', assets: assets.map(({ name }) => name) }],
    models: {
      list: () => Promise.resolve([]),
      stale: () => Promise.resolve([]),
      build: async ({ downstreamOf, signal, onResult }) => {
        built.push(downstreamOf);
        const ended = await hangIfWanted('models', signal).then(
          () => model,
          (): ModelResult => ({
            ...model,
            status: 'failed',
            rows: null,
            message: 'canceling statement due to user request',
          }),
        );
        onResult(ended);
        return [ended];
      },
    },
  };
  return executeRun({
    catalog,
    job: 'elt',
    cause: 'manual',
    timeZone: 'UTC',
    resources: null,
    pool,
    clock: new ManualClock(new Date('2026-11-23T04:00:00Z')),
    concurrency: { tasks: 8, tasksPerShard: 4 },
    ...options,
  });
}

const rowsOf = async (sql: string): Promise<readonly unknown[]> => (await pool.query(sql)).rows;

describe('a step over its deadline', () => {
  test('has its tasks broken off and failed with that reason; the rest of the run goes on', async () => {
    hanging = new Set(['raw.slow/s1/b']);
    const report = await run();
    expect(report.outcome).toBe('failed');
    expect(brokenOff).toEqual(['raw.slow/s1/b']);
    expect(await rowsOf(`select asset, state, error_class from ops.steps order by 1`)).toEqual([
      { asset: 'marts.m', state: 'succeeded', error_class: null },
      { asset: 'raw.quick', state: 'succeeded', error_class: null },
      { asset: 'raw.slow', state: 'failed', error_class: 'deadline' },
    ]);
    expect(await rowsOf(`select task_key, error_class from ops.tasks where state = 'failed'`)).toEqual([
      { task_key: 's1/b', error_class: 'deadline' },
    ]);
    expect(await rowsOf(`select errors_by_class from ops.materializations where asset = 'raw.slow'`)).toEqual([
      { errors_by_class: { deadline: 1 } },
    ]);
    // What was loaded of it is built on.
    expect(built).toEqual([['raw.slow', 'raw.quick']]);
    hanging = new Set();
    expect((await run()).outcome).toBe('succeeded');
  });

  test('stops being planned, and says of the scopes that are not known why', async () => {
    hanging = new Set(['raw.slow/s2']);
    expect((await run()).outcome).toBe('failed');
    expect(brokenOff).toEqual(['raw.slow/s2']);
    expect(await rowsOf(`select task_key, error_class from ops.tasks where state = 'failed'`)).toEqual([
      { task_key: 's2/*', error_class: 'deadline' },
    ]);
    expect(await rowsOf(`select error_class from ops.steps where asset = 'raw.slow'`)).toEqual([
      { error_class: 'deadline' },
    ]);
  });

  test('holds for the models too: their queries are cancelled', async () => {
    hanging = new Set(['models']);
    expect((await run({ stepDeadlineMs: 1_500 })).outcome).toBe('failed');
    expect(brokenOff).toEqual(['models']);
    expect(await rowsOf(`select state, error_class from ops.steps where kind = 'model'`)).toEqual([
      { state: 'failed', error_class: 'deadline' },
    ]);
  });
});

test('a step ends with its own last task, and does not wait for the others', async () => {
  hanging = new Set(['raw.slow/s1/b']);
  const running = run();
  await expect
    .poll(() => rowsOf(`select asset from ops.materializations`), { timeout: 5_000, interval: 20 })
    .toEqual([{ asset: 'raw.quick' }]);
  expect(brokenOff).toEqual([]);
  await running;
});
