import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { NOW, startApi, type TestApi } from '../testing/start-http-api.ts';

const TWELVE_HOURLY = 'twelve_hourly_elt';
const DAILY = 'daily_aggregates_elt';

let api: TestApi;

beforeAll(async () => {
  api = await startApi();
});

afterEach(async () => {
  await api.pool.query('delete from ops.runs');
  await api.pool.query('delete from ops.paused_jobs');
  api.health = { ready: true, reasons: [] };
});

afterAll(async () => {
  await api[Symbol.asyncDispose]();
});

async function launch(job: string, body: object = {}): Promise<{ readonly runId: string }> {
  const answer = await api.request('POST', `/api/jobs/${job}/runs`, { body });
  expect(answer.status).toBe(202);
  return answer.json as { runId: string };
}

describe('runs', () => {
  test('are launched once, shown, cancelled and retried', async () => {
    const { runId } = await launch(DAILY);
    const again = await api.request('POST', `/api/jobs/${DAILY}/runs`, { body: { force: true } });
    expect(again).toMatchObject({
      status: 200,
      json: { runId, outcome: 'open', scheduledFor: '2026-11-23T03:00:00.000Z' },
    });
    expect((await api.request('GET', `/api/runs/${runId}`)).json).toEqual({
      run: {
        runId,
        job: DAILY,
        scheduledFor: '2026-11-23T03:00:00.000Z',
        cause: 'manual',
        state: 'queued',
        attempt: 0,
        reason: null,
        force: false,
        createdAt: NOW.toISOString(),
        startedAt: null,
        finishedAt: null,
        cancelRequestedAt: null,
        backfillId: null,
      },
      steps: [],
      failures: [],
      materializations: [],
    });
    const cancelled = await api.request('POST', `/api/runs/${runId}/cancel`);
    expect(cancelled).toMatchObject({ status: 200, json: { found: 'queued', outcome: 'closed' } });
    const retried = await api.request('POST', `/api/runs/${runId}/retry`);
    expect(retried).toMatchObject({ status: 200, json: { found: 'cancelled', outcome: 'queued_again' } });
  });

  test('of a time that is no tick, or of a snapshot whose period is over, are refused with the reason', async () => {
    const noTick = { scheduledFor: '2026-11-22T04:00:00Z' };
    const answer = await api.request('POST', `/api/jobs/${DAILY}/runs`, { body: noTick });
    expect(answer).toMatchObject({ status: 422, json: { type: 'urn:ovis:problem:cannot-be-done' } });
    expect(answer.text).toContain('the ticks around it are 2026-11-22T03:00:00.000Z and 2026-11-23T03:00:00.000Z');
    const over = { scheduledFor: '2026-11-23T00:00:00Z' };
    const snapshot = await api.request('POST', `/api/jobs/${TWELVE_HOURLY}/runs`, { body: over });
    expect(snapshot.status).toBe(422);
    expect(snapshot.text).toContain('the source knows only its present state');
  });

  test('are listed page by page and by what they are', async () => {
    for (const day of ['20', '21', '22']) await launch(DAILY, { scheduledFor: `2026-11-${day}T03:00:00Z` });
    await launch(TWELVE_HOURLY);
    const times: string[] = [];
    let next: string | null = '';
    while (next !== null) {
      const answer = await api.request('GET', `/api/runs?job=${DAILY}&limit=2${next === '' ? '' : `&cursor=${next}`}`);
      const page = answer.json as { entries: { scheduledFor: string }[]; next: string | null };
      times.push(...page.entries.map(({ scheduledFor }) => scheduledFor.slice(0, 10)));
      next = page.next;
    }
    expect(times).toEqual(['2026-11-22', '2026-11-21', '2026-11-20']);
    const filtered = await api.request(
      'GET',
      '/api/runs?state=queued&state=failed&cause=manual&from=2026-11-21T03:00:00Z&to=2026-11-22T03:00:00%2B00:00',
    );
    expect(filtered.json).toMatchObject({ entries: [{ scheduledFor: '2026-11-21T03:00:00.000Z' }], next: null });
  });

  test('have tasks with what failed', async () => {
    const { runId } = await launch(DAILY);
    await api.pool.query(
      `insert into ops.steps (run_id, asset, kind, state) values ($1, 'raw.x', 'extract', 'failed')`,
      [runId],
    );
    await api.pool.query(
      `insert into ops.tasks (run_id, asset, task_key, shard, state, error_class, error_message)
       values ($1, 'raw.x', 's/a', 's', 'failed', 'http_500', 'the shard answered 500'), ($1, 'raw.x', 's/b', 's', 'succeeded', null, null)`,
      [runId],
    );
    const answer = await api.request('GET', `/api/runs/${runId}/tasks?state=failed`);
    expect(answer.json).toMatchObject({
      entries: [{ key: 's/a', errorClass: 'http_500', errorMessage: 'the shard answered 500' }],
      next: null,
    });
    expect(answer.text).not.toContain('cursor');
  });
});

describe('jobs', () => {
  test('show their ticks, are paused and resumed', async () => {
    const paused = await api.request('POST', `/api/jobs/${DAILY}/pause`);
    expect(paused).toMatchObject({ status: 200, json: { job: DAILY, isPaused: true, wasPaused: false } });
    const { json } = await api.request('GET', '/api/jobs');
    expect(json).toMatchObject({
      entries: [
        { name: TWELVE_HOURLY, pausedAt: null, latestTick: '2026-11-23T12:00:00.000Z', timeZone: 'UTC' },
        {
          name: DAILY,
          cron: '0 3 * * *',
          pausedAt: NOW.toISOString(),
          nextTicks: ['2026-11-24T03:00:00.000Z', '2026-11-25T03:00:00.000Z', '2026-11-26T03:00:00.000Z'],
        },
        { name: 'battery_algorithm_eval_results_elt' },
      ],
    });
    const resumed = await api.request('POST', `/api/jobs/${DAILY}/resume`);
    expect(resumed.json).toMatchObject({ isPaused: false, wasPaused: true });
  });
});

describe('assets', () => {
  test('are raw tables and models, with what they depend on', async () => {
    const { json } = await api.request('GET', '/api/assets');
    const { entries } = json as {
      entries: { name: string; upstream: string[]; downstream: string[]; jobs: string[] }[];
    };
    const byName = new Map(entries.map((entry) => [entry.name, entry]));
    expect(byName.get('raw.device_last_updates')).toMatchObject({
      kind: 'raw',
      isSnapshot: true,
      upstream: [],
      downstream: expect.arrayContaining(['staging.stg_last_updates']),
      jobs: [TWELVE_HOURLY],
      newest: null,
    });
    expect(byName.get('staging.stg_last_updates')).toMatchObject({
      kind: 'model',
      upstream: expect.arrayContaining(['raw.device_last_updates']),
      jobs: [TWELVE_HOURLY],
    });
    for (const { name, upstream } of entries) {
      for (const parent of upstream) expect(byName.get(parent)?.downstream).toContain(name);
    }
    const one = await api.request('GET', '/api/assets/raw.device_last_updates');
    expect(one.json).toEqual(byName.get('raw.device_last_updates'));
  });

  test('have a lineage from the job to the marts', async () => {
    const { json } = await api.request('GET', '/api/lineage');
    const { nodes, edges } = json as { nodes: { name: string }[]; edges: { from: string; to: string }[] };
    const names = new Set(nodes.map(({ name }) => name));
    expect(edges).toContainEqual({ from: TWELVE_HOURLY, to: 'raw.device_last_updates' });
    expect(edges.every(({ from, to }) => names.has(from) && names.has(to))).toBe(true);
    expect([...names].some((name) => name.startsWith('marts.'))).toBe(true);
  });

  test('tell how they were written, what is missing and what was kept out', async () => {
    const { runId } = await launch(DAILY, { scheduledFor: '2026-11-22T03:00:00Z' });
    const written = `insert into ops.materializations (run_id, asset, attempt, state, started_at, finished_at, duration_seconds, rows_inserted)
       values ($1, 'raw.daily_aggregates', $2, 'succeeded', '2026-11-22T03:00:00Z', '2026-11-22T03:00:05Z', 5, 9007199254740991)`;
    for (const attempt of [1, 2, 3]) await api.pool.query(written, [runId, attempt]);
    await api.pool.query(
      `insert into ops.loaded_intervals (asset, interval_start, interval_end, run_id)
       values ('raw.daily_aggregates', '2026-11-22T03:00:00Z', '2026-11-23T03:00:00Z', $1)`,
      [runId],
    );
    await api.pool.query(
      `insert into ops.allowlist_drops (run_id, asset, path, kind, count) values ($1, 'raw.daily_aggregates', 'x.*', 'dropped', 7)`,
      [runId],
    );
    const history = '/api/assets/raw.daily_aggregates/materializations?limit=2';
    const first = await api.request('GET', history);
    expect(first.json).toMatchObject({
      entries: [{ attempt: 3, rowsInserted: Number.MAX_SAFE_INTEGER, durationSeconds: 5 }, { attempt: 2 }],
    });
    const { next } = first.json as { next: string };
    expect((await api.request('GET', `${history}&cursor=${next}`)).json).toMatchObject({
      entries: [{ attempt: 1 }],
      next: null,
    });
    const range = 'from=2026-11-21T00:00:00Z&to=2026-12-01T00:00:00Z';
    const intervals = await api.request('GET', `/api/assets/raw.daily_aggregates/intervals?${range}`);
    expect(intervals.json).toMatchObject({
      job: DAILY,
      loaded: [{ start: '2026-11-22T03:00:00.000Z', end: '2026-11-23T03:00:00.000Z', runId }],
      missing: [
        { start: '2026-11-21T03:00:00.000Z', isRecoverable: true, run: null },
        { start: '2026-11-23T03:00:00.000Z', isRecoverable: true, run: null },
      ],
    });
    const ofModel = await api.request('GET', '/api/assets/staging.stg_last_updates/intervals');
    expect(ofModel).toMatchObject({ status: 422 });
    const year = 'from=2020-01-01T00:00:00Z&to=2026-12-01T00:00:00Z';
    const tooLong = await api.request('GET', `/api/assets/raw.daily_aggregates/intervals?${year}`);
    expect(tooLong).toMatchObject({ status: 422 });
    expect((await api.request('GET', '/api/allowlist-drops')).json).toEqual({
      entries: [
        {
          asset: 'raw.daily_aggregates',
          path: 'x.*',
          kind: 'dropped',
          count: 7,
          runs: 1,
          lastScheduledFor: '2026-11-22T03:00:00.000Z',
        },
      ],
    });
    await api.pool.query('delete from ops.loaded_intervals');
  });
});

describe('health', () => {
  test('lives whatever happens, and is ready when the service is', async () => {
    expect(await api.request('GET', '/readyz')).toMatchObject({ status: 200, json: { ready: true, reasons: [] } });
    api.health = { ready: false, reasons: ['the database does not answer'] };
    expect(await api.request('GET', '/readyz')).toMatchObject({
      status: 503,
      json: { ready: false, reasons: ['the database does not answer'] },
    });
    expect(await api.request('GET', '/livez')).toMatchObject({ status: 200, json: { alive: true } });
  });

  test('answers with headers that keep browsers careful', async () => {
    const { headers } = await api.request('GET', '/api/jobs');
    expect(Object.fromEntries(headers)).toMatchObject({
      'cache-control': 'no-store',
      'content-security-policy': expect.stringContaining("frame-ancestors 'none'"),
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
    });
    expect(headers.has('strict-transport-security')).toBe(false);
    expect(headers.has('access-control-allow-origin')).toBe(false);
  });
});

test('nothing unexpected happened meanwhile', () => {
  expect(api.errors).toEqual([]);
});
