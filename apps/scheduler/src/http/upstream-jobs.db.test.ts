import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NOW, startApi, type TestApi } from '../testing/start-http-api.ts';

const overview = {
  name: 'fleet_overview',
  description: 'the overview of the fleet',
  models: ['marts.fleet_overview'],
  upstream: ['raw.device_last_updates', 'raw.thermostat_hierarchy'],
};

let api: TestApi;

beforeAll(async () => {
  api = await startApi({}, [overview]);
});

afterAll(async () => {
  await api[Symbol.asyncDispose]();
});

const shown = async (): Promise<unknown> => {
  const { json } = await api.request('GET', '/api/jobs');
  return (json as { entries: readonly { readonly name: string }[] }).entries.find(({ name }) => name === overview.name);
};

describe('a job on upstream', () => {
  test('is shown with what it waits for, and among the jobs of its model', async () => {
    expect(await shown()).toMatchObject({
      on: 'upstream',
      cron: null,
      latestTick: null,
      nextTicks: [],
      assets: overview.models,
      upstream: overview.upstream,
      pausedAt: null,
    });
    const asset = await api.request('GET', '/api/assets/marts.fleet_overview');
    expect(asset.json).toMatchObject({ jobs: ['fleet_overview'] });
    const lineage = await api.request('GET', '/api/lineage');
    expect((lineage.json as { edges: unknown[] }).edges).toContainEqual({
      from: 'fleet_overview',
      to: 'marts.fleet_overview',
    });
  });

  test('is paused and resumed', async () => {
    const path = '/api/jobs/fleet_overview';
    expect((await api.request('POST', `${path}/pause`)).json).toMatchObject({ isPaused: true });
    expect(await shown()).toMatchObject({ pausedAt: NOW.toISOString() });
    expect((await api.request('POST', `${path}/resume`)).json).toMatchObject({ isPaused: false });
  });

  test('is launched for what is there now, and not for a tick', async () => {
    const path = '/api/jobs/fleet_overview/runs';
    const launched = await api.request('POST', path, { body: {} });
    expect(launched).toMatchObject({ status: 202, json: { scheduledFor: NOW.toISOString(), outcome: 'created' } });
    const tick = await api.request('POST', path, { body: { scheduledFor: '2026-11-23T12:00:00Z' } });
    expect(tick).toMatchObject({ status: 422, json: { type: 'urn:ovis:problem:cannot-be-done' } });
    expect(tick.text).toContain('has no ticks');
  });

  test('has runs that are found by their cause', async () => {
    await api.pool.query(
      `insert into ops.runs (job, scheduled_for, cause, state, built_from)
       values ('fleet_overview', '2026-11-23T12:05:00.001Z', 'upstream', 'succeeded', '{"raw.device_last_updates": 7}')`,
    );
    const { json } = await api.request('GET', '/api/runs?cause=upstream');
    expect(json).toMatchObject({ entries: [{ job: 'fleet_overview', cause: 'upstream' }] });
  });
});
