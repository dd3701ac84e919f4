import { createTestDatabase } from '@ovis/dev-stack/testing';
import { CANARY_MARKS, startSimulator } from '@ovis/fleet-simulator';
import { Client } from 'pg';
import { expect, test } from 'vitest';
import { ask } from './testing/digests.ts';
import { runScheduler, settingsFor, startScheduler } from './testing/run-scheduler.ts';
import { startSources } from './testing/sources.ts';

const NOON = '2026-11-23T12:00:00Z';

test('a run against untidy shards leaves no personal value in any table, nor in what the program says', async () => {
  await using simulator = await startSimulator({ devices: 1500, shards: 5, seed: 21, now: NOON, profile: 'untidy' });
  await using database = await createTestDatabase();
  const ended = await runScheduler(['run', 'twelve_hourly_elt', '--now', NOON], {
    ...settingsFor(database.url, simulator),
    OVIS_DEBUG: '1',
  });
  const broken = simulator.truth.brokenCustomers(new Date(NOON)).map((customer) => customer.customerId);
  expect(broken.length).toBeGreaterThan(0);
  for (const customerId of broken) expect(ended.stderr).toContain(customerId);
  expect([1, 3]).toContain(ended.exitCode);

  const said = `${ended.stdout}${ended.stderr}`.toLowerCase();
  expect(CANARY_MARKS.filter((mark) => said.includes(mark.toLowerCase()))).toEqual([]);
  expect(await tablesWith(database.url, CANARY_MARKS)).toEqual([]);
  // The search itself finds what is there.
  expect(await tablesWith(database.url, ['d-0000'])).toContain('raw.device_last_updates');
});

test('a service of untidy sources says nothing personal: not in its log at its most talkative, not over HTTP', async () => {
  await using sources = await startSources({
    devices: 150,
    customers: 15,
    shards: 5,
    seed: 21,
    now: NOON,
    profile: 'untidy',
    historyDays: 3,
  });
  await using database = await createTestDatabase();
  const service = startScheduler(['serve', '--now', NOON], {
    ...sources.settings,
    DATABASE_URL: database.url,
    HTTP_PORT: '0',
    LOG_LEVEL: 'trace',
    OVIS_DEBUG: '1',
  });
  let said = '';
  service.child.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  try {
    const ended = async (): Promise<number | undefined> => {
      const row = await ask<{ ended: number }>(
        database.url,
        `select count(*)::integer as ended from ops.runs where state not in ('queued', 'running')`,
      );
      return row?.ended;
    };
    // The third is still asking for the aggregates of the customer that is broken, patiently.
    await expect.poll(ended, { timeout: 60_000, interval: 250 }).toBeGreaterThanOrEqual(2);
    const answers = await everythingOverHttp(/"url":"([^"]+)"/.exec(said)?.[1] ?? '');
    // It tells of what went wrong, so that there is something to be silent about.
    const told = ['ovis_tasks_total{', '"errorClass":"http_', '"quarantinedRows":', '"droppedFields":', 'data: {'];
    expect(told.filter((part) => !answers.includes(part))).toEqual([]);
    service.child.kill('SIGTERM');
    const { exitCode, stdout, stderr } = await service.ended;
    expect(exitCode).toBe(0);
    expect(stdout + stderr).toContain('"level":');
    const all = `${answers}${stdout}${stderr}`.toLowerCase();
    expect(CANARY_MARKS.filter((mark) => all.includes(mark.toLowerCase()))).toEqual([]);
    expect(await tablesWith(database.url, CANARY_MARKS)).toEqual([]);
  } finally {
    service.child.kill('SIGKILL');
    await service.ended;
  }
});

/** What every GET of the API answers (models have no intervals: 422); of the streams of events what comes at once. */
async function everythingOverHttp(url: string): Promise<string> {
  const get = async (path: string): Promise<string> => {
    const response = await fetch(`${url}${path}`, { signal: AbortSignal.timeout(10_000) });
    if (response.status !== 200 && response.status !== 422)
      throw new Error(`${path} answered with ${String(response.status)}`);
    return response.text();
  };
  const events = async (path: string): Promise<string> => {
    let text = '';
    try {
      const response = await fetch(`${url}${path}`, { signal: AbortSignal.timeout(1500) });
      for await (const chunk of response.body ?? []) text += Buffer.from(chunk as Uint8Array).toString();
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'TimeoutError') throw error;
    }
    return text;
  };
  const runs = JSON.parse(await get('/api/runs')) as { entries: { runId: string }[] };
  const assets = JSON.parse(await get('/api/assets')) as { entries: { name: string }[] };
  const answers = await Promise.all([
    ...['/metrics', '/readyz', '/api/runs', '/api/jobs', '/api/assets', '/api/lineage', '/api/allowlist-drops'].map(
      get,
    ),
    ...runs.entries.flatMap(({ runId }) => [get(`/api/runs/${runId}`), get(`/api/runs/${runId}/tasks?limit=200`)]),
    ...assets.entries.flatMap(({ name }) =>
      ['', '/materializations', '/intervals'].map((part) => get(`/api/assets/${name}${part}`)),
    ),
    events('/api/events?after=0'),
  ]);
  return answers.join('\n');
}

/** Every table, the queue's and the partitions included, of which some row's text holds one of the marks. */
async function tablesWith(url: string, marks: readonly string[]): Promise<readonly string[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      `select format('%I.%I', n.nspname, c.relname) as name
       from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
       where c.relkind in ('r', 'p', 'm') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast') order by 1`,
    );
    const patterns = marks.map((mark) => `%${mark.toLowerCase()}%`);
    const found: string[] = [];
    for (const { name } of tables) {
      const { rows } = await client.query<{ hit: boolean }>(
        `select exists (select from ${name} as t where lower(t::text) like any ($1)) as hit`,
        [patterns],
      );
      if (rows[0]?.hit) found.push(name);
    }
    return found;
  } finally {
    await client.end();
  }
}
