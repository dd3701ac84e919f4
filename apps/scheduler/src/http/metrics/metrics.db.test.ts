import type { OpenRun, RunReport, ServiceEvent } from '@ovis/orchestrator';
import { emptyCounters } from '@ovis/orchestrator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApi, type TestApi } from '../../testing/start-http-api.ts';
import { createMetrics } from './metrics.ts';

let api: TestApi;

beforeAll(async () => {
  api = await startApi();
});

afterAll(async () => {
  await api[Symbol.asyncDispose]();
});

/** What the counters look at. */
const run = {
  runId: '00000000-0000-4000-8000-000000000001',
  job: 'elt',
  scheduledFor: new Date('2026-11-23T12:00:00Z'),
} as OpenRun;

const report: RunReport = {
  runId: run.runId,
  job: 'elt',
  scheduledFor: run.scheduledFor,
  attempt: 1,
  outcome: 'partly_failed',
  wasDone: false,
  steps: [],
  models: [],
  seconds: 12,
};

function taskEnded(state: 'succeeded' | 'failed', rowsInserted: number): ServiceEvent {
  const error = { errorClass: 'http_500', message: '' };
  const definition = { key: 's/c-000001', shard: 's', customerId: 'c-000001' };
  const counters = { ...emptyCounters(), rowsInserted };
  const task = { taskId: '1', asset: 'raw.x', definition, counters } as ClaimedTask;
  return { type: 'task', result: { taskId: '1', outcome: state === 'failed' ? { state, error } : { state }, task } };
}

type ClaimedTask = NonNullable<Extract<ServiceEvent, { readonly type: 'task' }>['result']['task']>;

describe(createMetrics, () => {
  test('counts what the service tells', async () => {
    const { onEvent, render } = createMetrics();
    onEvent({ type: 'run_ended', run, report });
    onEvent(taskEnded('succeeded', 30));
    onEvent(taskEnded('succeeded', 12));
    onEvent(taskEnded('failed', 5));
    onEvent({ type: 'tasks_taken_over', tasks: 3 });
    onEvent({ type: 'trouble', part: 'runs', error: new Error('x'), retryInMs: 1 });
    const step = { asset: 'raw.x', outcome: 'succeeded', reason: null, totals: null, seconds: 3 } as const;
    onEvent({ type: 'run', run, event: { type: 'step_finished', step } });
    const text = await render(null);
    expect(text).toContain('ovis_runs_ended_total{job="elt",outcome="partly_failed"} 1');
    expect(text).toContain('ovis_tasks_total{asset="raw.x",outcome="succeeded"} 2');
    expect(text).toContain('ovis_tasks_total{asset="raw.x",outcome="failed"} 1');
    expect(text).toContain('ovis_rows_total{asset="raw.x",kind="inserted"} 42');
    expect(text).toContain('ovis_tasks_taken_over_total 3');
    expect(text).toContain('ovis_service_part_well{part="runs"} 0');
    expect(text).toContain('ovis_step_seconds_sum{asset="raw.x"} 3');
    expect(text).not.toContain('c-000001');
    onEvent({ type: 'well_again', part: 'runs' });
    expect(await render(null)).toContain('ovis_service_part_well{part="runs"} 1');
  });

  test('counts requests by shard and class', async () => {
    const { clientEvents, render } = createMetrics();
    const answer = {
      shard: 's:1',
      operation: 'listCustomers' as const,
      attempt: 1,
      durationMs: 40,
      bytes: 100,
      encodedBytes: 10,
    };
    clientEvents.onResponse?.({ ...answer, status: 200 });
    clientEvents.onResponse?.({ ...answer, status: 503, bytes: 0 });
    clientEvents.onFailure?.({ ...answer, errorClass: 'timeout' });
    clientEvents.onRetry?.({ ...answer, errorClass: 'timeout', delayMs: 1 });
    const text = await render(null);
    expect(text).toContain('ovis_source_requests_total{shard="s:1",class="ok"} 1');
    expect(text).toContain('ovis_source_requests_total{shard="s:1",class="timeout"} 1');
    expect(text).toContain('ovis_source_retries_total{shard="s:1",class="timeout"} 1');
    expect(text).toContain('ovis_source_bytes_total{shard="s:1"} 100');
  });
});

describe('GET /metrics', () => {
  test('has what the run log says, the process, and the routes by their patterns', async () => {
    const { rows } = await api.pool.query<{ run_id: string }>(
      `insert into ops.runs (job, scheduled_for, cause, state) values ('daily_aggregates_elt', now(), 'manual', 'running') returning run_id`,
    );
    await api.pool.query(
      `insert into ops.steps (run_id, asset, kind, state) values ($1, 'raw.daily_aggregates', 'extract', 'running')`,
      [rows[0]?.run_id],
    );
    await api.pool.query(
      `insert into ops.tasks (run_id, asset, task_key, state) select $1, 'raw.daily_aggregates', n::text, 'queued' from generate_series(1, 7) n`,
      [rows[0]?.run_id],
    );
    await api.request('GET', `/api/runs/${rows[0]?.run_id ?? ''}`);
    await api.request('GET', '/nothing/here');
    const { status, text, headers } = await api.request('GET', '/metrics');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(text).toContain('ovis_run_log_up 1');
    expect(text).toContain('ovis_runs{job="daily_aggregates_elt",state="running"} 1');
    expect(text).toContain('ovis_open_tasks{asset="raw.daily_aggregates",state="queued"} 7');
    expect(text).toContain('ovis_job_paused{job="twelve_hourly_elt"} 0');
    expect(text).toContain('ovis_http_requests_total{route="/api/runs/:runId",method="GET",status="200"} 1');
    expect(text).toContain('ovis_process_resident_memory_bytes');
    expect(text).not.toContain('/nothing/here');
  });

  test('goes on without the run log where that does not answer', async () => {
    const { render } = createMetrics();
    await using other = await startApi();
    other.pool.query = () => Promise.reject(new Error('away'));
    const text = await render({ pool: other.pool, jobs: [], assets: [] });
    expect(text).toContain('ovis_run_log_up 0');
    expect(text).toContain('ovis_process_cpu_seconds_total');
  });
});
