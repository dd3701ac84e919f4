import { createTestDatabase, type TestDatabase } from '@ovis/dev-stack/testing';
import { StubbedObjectStore } from '@ovis/object-store/testing';
import { defineAllowlist, identifier } from '@ovis/pii-allowlist';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { batteryEvaluationAllowlist } from '../allowlists/battery.ts';
import { assetRunner, type AssetRunner } from '../testing/run-assets.ts';
import { batteryEvalResults } from './battery-eval-results.ts';
import { fingerprintOf } from './evaluation-cursor.ts';

const night = (day: number): string => `2026-11-${String(day)}T02:15:00.000Z`;

let database: TestDatabase;
let store: StubbedObjectStore;
let runner: AssetRunner;

beforeEach(async () => {
  database = await createTestDatabase();
  store = new StubbedObjectStore({ maxGroupLines: 50 });
  runner = assetRunner(database, {
    assets: [batteryEvalResults()],
    cron: '15 2 * * *',
    evaluations: { store, refusedLimit: 0.01 },
  });
});

afterEach(async () => {
  await runner[Symbol.asyncDispose]();
  await database.drop();
});

function line(device: number, fields: object = {}): unknown {
  return {
    deviceId: `d-${String(device)}`,
    algorithm: 'knee',
    algorithmVersion: '2.3.0',
    evaluatedAt: '2026-11-20T01:40:12Z',
    predictedRemainingDays: 200,
    confidence: 0.87,
    features: { voltageSlope: -0.0021, coldStarts: 3, nickname: 'pii-canary-1' },
    reviewedBy: 'pii-canary-2@example.com',
    ...fields,
  };
}

function lines(count: number, fields: object = {}): unknown[] {
  return Array.from({ length: count }, (_, index) => line(index + 1, fields));
}

async function rowsOf<Row = unknown>(sql: string): Promise<readonly Row[]> {
  return (await runner.pool.query(sql)).rows as Row[];
}

const SUMMARY = `select folder_date::text as folder, (payload ->> 'predictedRemainingDays')::int as days, count(*)::int as rows
  from raw.battery_eval_results group by 1, 2 order by 1, 2`;

async function countsOf(scheduledFor: string): Promise<unknown> {
  const report = await runner.runAt(scheduledFor);
  const totals = report.steps[0]?.totals;
  const { rowsInserted, rowsUpdated, rowsUnchanged, rowsSuperseded, rowsDeleted, duplicates } = totals?.counters ?? {};
  return {
    outcome: report.outcome,
    tasks: totals?.tasks,
    counts: [rowsInserted, rowsUpdated, rowsUnchanged, rowsSuperseded, rowsDeleted, duplicates],
  };
}

describe('raw.battery_eval_results', () => {
  test('holds the lines of complete folders, gzip or plain, by the allowlist, and no other object', async () => {
    store.putFolder('knee', '2026-11-20', [lines(25), [line(26)]]);
    store.putFolder('knee', '2026-11-19', [lines(5, { evaluatedAt: '2026-11-19T01:00:00Z' })], 'none');
    store.put('knee/2026-11-21/part-00000.jsonl', JSON.stringify(line(1)));
    store.put('pii-canary-3/notes.txt', 'hello');
    expect(await countsOf(night(21))).toEqual({ outcome: 'succeeded', tasks: 2, counts: [31, 0, 0, 0, 0, 0] });
    expect(await rowsOf(SUMMARY)).toEqual([
      { folder: '2026-11-19', days: 200, rows: 5 },
      { folder: '2026-11-20', days: 200, rows: 26 },
    ]);
    expect(
      await rowsOf(`select object_key, line_number, payload from raw.battery_eval_results where device_id = 'd-26'`),
    ).toEqual([
      {
        object_key: 'knee/2026-11-20/part-00001.jsonl.gz',
        line_number: 1,
        payload: {
          deviceId: 'd-26',
          algorithm: 'knee',
          evaluatedAt: '2026-11-20T01:40:12.000Z',
          algorithmVersion: '2.3.0',
          predictedRemainingDays: 200,
          confidence: 0.87,
          features: { voltageSlope: -0.0021, coldStarts: 3 },
        },
      },
    ]);
    expect(await rowsOf('select 1 from raw.battery_eval_results_stage')).toEqual([]);
    expect(await rowsOf(`select path, count from ops.allowlist_drops order by 1`)).toEqual([
      { path: '*', count: '31' },
      { path: 'features.*', count: '31' },
      { path: 'objects: *', count: '1' },
    ]);
    expect(await countsOf(night(22))).toMatchObject({ outcome: 'succeeded', tasks: 0 });
  });

  test('follows a re-evaluation: rows that are no longer there disappear, equal ones are not rewritten', async () => {
    store.putFolder('knee', '2026-11-20', [lines(10)]);
    await runner.runAt(night(21));
    const before = await rowsOf(`select ctid, loaded_at from raw.battery_eval_results where device_id = 'd-1'`);
    store.putFolder('knee', '2026-11-20', [[line(3, { predictedRemainingDays: 100 }), line(1), line(11)]]);
    expect(await countsOf(night(22))).toEqual({ outcome: 'succeeded', tasks: 1, counts: [1, 1, 1, 0, 8, 0] });
    expect(await rowsOf(`select ctid, loaded_at from raw.battery_eval_results where device_id = 'd-1'`)).toEqual(
      before,
    );
    expect(await rowsOf('select device_id from raw.battery_eval_results order by 1')).toEqual(
      ['d-1', 'd-11', 'd-3'].map((device_id) => ({ device_id })),
    );
    expect(await rowsOf('select day::text, count(*)::int as touches from ops.touched_days group by 1')).toEqual([
      { day: '2026-11-20', touches: 2 },
    ]);
  });

  test('gives a key to the newest folder, in whatever order they come, and back when that one loses it', async () => {
    const late = { predictedRemainingDays: 150 };
    store.putFolder('knee', '2026-11-21', [lines(2, late)]);
    await runner.runAt(night(22));
    store.putFolder('knee', '2026-11-20', [lines(4)]);
    expect(await countsOf(night(23))).toMatchObject({ counts: [2, 0, 0, 2, 0, 0] });
    store.putFolder('knee', '2026-11-22', [lines(3, { predictedRemainingDays: 140 })]);
    expect(await countsOf(night(24))).toMatchObject({ counts: [0, 3, 0, 0, 0, 0] });
    expect(await rowsOf(SUMMARY)).toEqual([
      { folder: '2026-11-20', days: 200, rows: 1 },
      { folder: '2026-11-22', days: 140, rows: 3 },
    ]);
    store.putFolder('knee', '2026-11-22', [[]]);
    await runner.runAt(night(25));
    await runner.runAt(night(26));
    expect(await rowsOf(SUMMARY)).toEqual([
      { folder: '2026-11-20', days: 200, rows: 2 },
      { folder: '2026-11-21', days: 150, rows: 2 },
    ]);
  });

  test('quarantines single lines by object, line and reason, and takes the rest; of equal keys the last line', async () => {
    const good = lines(200);
    store.putFolder('knee', '2026-11-20', [
      ['{"deviceId": "pii-canary', ...good.slice(0, 150), line(7, { predictedRemainingDays: 1 })],
      [...good.slice(150), line(500, { evaluatedAt: '9999-01-01T00:00:00Z' })],
    ]);
    expect(await countsOf(night(21))).toEqual({ outcome: 'succeeded', tasks: 1, counts: [200, 0, 0, 0, 0, 1] });
    expect(await rowsOf('select position, reason from ops.quarantine order by 1')).toEqual([
      { position: 'knee/2026-11-20/part-00000.jsonl.gz, line 1', reason: 'invalid_json' },
      { position: 'knee/2026-11-20/part-00001.jsonl.gz, line 51', reason: 'key_invalid:evaluatedAt' },
    ]);
    expect(await rowsOf(`select line_number from raw.battery_eval_results where device_id = 'd-7'`)).toEqual([
      { line_number: 152 },
    ]);
    expect(await rowsOf('select lines, refused_lines from ops.loaded_folders')).toEqual([
      { lines: '203', refused_lines: '2' },
    ]);
  });

  test('does not publish a folder of which too much is refused; what was published stays, and it is tried again', async () => {
    store.putFolder('knee', '2026-11-20', [lines(100)]);
    await runner.runAt(night(21));
    const wrong = [...lines(98), '{', line(1, { algorithm: 'other' }), line(2, { evaluatedAt: null })];
    store.putFolder('knee', '2026-11-20', [wrong]);
    store.putFolder('knee', '2026-11-21', [lines(1, { evaluatedAt: '2026-11-21T00:00:00Z' })]);
    expect(await countsOf(night(22))).toMatchObject({ outcome: 'failed', tasks: 2 });
    expect(await rowsOf(`select error_class, error_message from ops.tasks where state = 'failed'`)).toEqual([
      {
        error_class: 'too_many_refused',
        error_message: expect.stringContaining(
          '3 of 101 lines of knee/2026-11-20 were refused, more than the limit of 1 %',
        ),
      },
    ]);
    expect(await rowsOf(SUMMARY)).toEqual([
      { folder: '2026-11-20', days: 200, rows: 100 },
      { folder: '2026-11-21', days: 200, rows: 1 },
    ]);
    store.putFolder('knee', '2026-11-20', [lines(99, { predictedRemainingDays: 90 })]);
    expect(await countsOf(night(23))).toEqual({ outcome: 'succeeded', tasks: 1, counts: [0, 99, 0, 0, 1, 0] });
  });

  test('goes on at the line after a reading broke off, without reading the parts before again', async () => {
    store.putFolder('knee', '2026-11-20', [lines(40), lines(30_000).slice(40)], 'none');
    const broken = Object.assign(new Error('cut'), { retryability: 'transient', errorClass: 'network' });
    store.fail({ operation: 'read', key: 'knee/2026-11-20/part-00001.jsonl', afterBytes: 7_000_000, with: broken });
    expect(await countsOf(night(21))).toEqual({ outcome: 'succeeded', tasks: 1, counts: [30_000, 0, 0, 0, 0, 0] });
    const reads = store.calls.filter(({ operation }) => operation === 'read');
    expect(reads.map(({ key, afterLine }) => [key.at(-7), afterLine > 0])).toEqual([
      ['0', false],
      ['1', false],
      ['1', true],
    ]);
  });

  test('reads a folder again that was replaced while it was read', async () => {
    store.putFolder('knee', '2026-11-20', [lines(30)]);
    const findFolder = store.findFolder.bind(store);
    let calls = 0;
    store.findFolder = async (...given) => {
      calls += 1;
      if (calls === 2) store.putFolder('knee', '2026-11-20', [lines(5, { predictedRemainingDays: 77 })]);
      return findFolder(...given);
    };
    expect(await countsOf(night(21))).toEqual({ outcome: 'succeeded', tasks: 1, counts: [5, 0, 0, 0, 0, 0] });
    expect(await rowsOf(SUMMARY)).toEqual([{ folder: '2026-11-20', days: 77, rows: 5 }]);
    expect(await rowsOf('select 1 from raw.battery_eval_results_stage')).toEqual([]);
  });

  test('is complete after a run that was interrupted while folders were staged', async () => {
    for (const day of [10, 11, 12, 13]) {
      store.putFolder('knee', `2026-11-${String(day)}`, [
        lines(300, { evaluatedAt: `2026-11-${String(day)}T01:00:00Z` }),
      ]);
    }
    const stop = new AbortController();
    const running = runner.runAt(night(21), { signal: stop.signal });
    while ((await rowsOf('select from raw.battery_eval_results_stage limit 1')).length === 0);
    stop.abort(new Error('stop'));
    expect(await running).toMatchObject({ outcome: 'cancelled' });
    expect(await runner.runAt(night(21))).toMatchObject({ outcome: 'succeeded', attempt: 2 });
    expect(await rowsOf('select count(*)::int as rows from raw.battery_eval_results')).toEqual([{ rows: 1200 }]);
    expect(await rowsOf('select 1 from raw.battery_eval_results_stage')).toEqual([]);
  });

  test('is complete when an interrupted run goes on after another one has loaded the folder', async () => {
    const broken = Object.assign(new Error('cut'), { retryability: 'transient', errorClass: 'network' });
    store.putFolder('knee', '2026-11-20', [lines(40), lines(30_000).slice(40)], 'none');
    store.fail({
      operation: 'read',
      key: 'knee/2026-11-20/part-00001.jsonl',
      afterBytes: 7_000_000,
      times: Infinity,
      with: broken,
    });
    // Both tries stop in the middle of the second part, where the cursor stands.
    const stop = new AbortController();
    const running = runner.runAt(night(21), { signal: stop.signal });
    for (;;) {
      const [task] = await rowsOf<{ cursor: string | null }>(
        `select cursor from ops.tasks where task_key = 'knee/2026-11-20'`,
      );
      if (task?.cursor?.includes('"part":1')) break;
    }
    stop.abort(new Error('stop'));
    expect(await running).toMatchObject({ outcome: 'cancelled' });
    const calm = new StubbedObjectStore({ maxGroupLines: 50 });
    calm.putFolder('knee', '2026-11-20', [lines(40), lines(30_000).slice(40)], 'none');
    await using second = assetRunner(database, {
      assets: [batteryEvalResults()],
      cron: '15 2 * * *',
      evaluations: { store: calm, refusedLimit: 0.01 },
    });
    expect(await second.runAt(night(22))).toMatchObject({ outcome: 'succeeded' });
    const count = 'select count(*)::int as rows from raw.battery_eval_results';
    expect(await rowsOf(count)).toEqual([{ rows: 30_000 }]);
    expect(await second.runAt(night(21))).toMatchObject({ outcome: 'succeeded', attempt: 2 });
    expect(await rowsOf(count)).toEqual([{ rows: 30_000 }]);
    expect(await rowsOf('select 1 from raw.battery_eval_results_stage')).toEqual([]);
  });

  test('forgets what it noted of a state of the folder that was replaced while it was read', async () => {
    store.putFolder('knee', '2026-11-20', [[...lines(200), '{']]);
    const findFolder = store.findFolder.bind(store);
    let calls = 0;
    store.findFolder = async (...given) => {
      calls += 1;
      if (calls === 2) store.putFolder('knee', '2026-11-20', [lines(5)]);
      return findFolder(...given);
    };
    expect(await countsOf(night(21))).toMatchObject({ outcome: 'succeeded', counts: [5, 0, 0, 0, 0, 0] });
    expect(await rowsOf('select 1 from ops.quarantine')).toEqual([]);
    expect(await rowsOf(`select quarantined_rows from ops.materializations`)).toEqual([{ quarantined_rows: '0' }]);
  });

  test('takes about as long for a re-evaluated folder of many lines as for a new one', async () => {
    store.putFolder('knee', '2026-11-20', [lines(20_000)]);
    const begin = performance.now();
    await runner.runAt(night(21));
    const firstMs = performance.now() - begin;
    store.putFolder('knee', '2026-11-20', [lines(20_000, { predictedRemainingDays: 190 })]);
    const again = performance.now();
    expect(await countsOf(night(22))).toMatchObject({ counts: [0, 20_000, 0, 0, 0, 0] });
    // A plan that compares each line with each row takes a hundred times as long.
    expect(performance.now() - again).toBeLessThan(20 * firstMs);
  });

  test('sweeps the stage of what no task will publish', async () => {
    await runner.pool.query(
      `insert into raw.battery_eval_results_stage
         (run_id, algorithm, folder_date, part_number, line_number, evaluated_at, device_id, object_key, payload, observed_at)
       values (gen_random_uuid(), 'knee', '2026-11-20', 0, 1, now(), 'd-1', 'k', '{}', now())`,
    );
    await runner.runAt(night(21));
    expect(await rowsOf('select 1 from raw.battery_eval_results_stage')).toEqual([]);
  });

  test('loads all again when forced, and changes nothing', async () => {
    store.putFolder('knee', '2026-11-20', [lines(30)]);
    await runner.runAt(night(21));
    expect(await runner.runAt(night(21), { force: true })).toMatchObject({
      outcome: 'succeeded',
      steps: [{ totals: { counters: { rowsInserted: 0, rowsUpdated: 0, rowsUnchanged: 30, rowsDeleted: 0 } } }],
    });
  });
});

describe(fingerprintOf, () => {
  test('is another one for another part, and for another allowlist', async () => {
    store.putFolder('knee', '2026-11-20', [[line(1)]]);
    const folder = await store.findFolder('knee', '2026-11-20');
    store.putFolder('knee', '2026-11-20', [[line(2)]]);
    const replaced = await store.findFolder('knee', '2026-11-20');
    const extended = defineAllowlist({
      ...batteryEvaluationAllowlist,
      fields: { ...batteryEvaluationAllowlist.fields, site: identifier({ reason: 'a test' }) },
    });
    const prints = [
      fingerprintOf(folder!, batteryEvaluationAllowlist),
      fingerprintOf(replaced!, batteryEvaluationAllowlist),
      fingerprintOf(folder!, extended),
    ];
    expect(new Set(prints).size).toBe(3);
  });
});
