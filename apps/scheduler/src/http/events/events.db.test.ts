import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { NOW, startApi, type TestApi } from '../../testing/start-http-api.ts';

let api: TestApi;
let clients: AbortController[];

beforeEach(async () => {
  api = await startApi();
  clients = [];
});

afterEach(async () => {
  for (const client of clients) client.abort();
  await api[Symbol.asyncDispose]();
});

/** A stream as a browser has it. */
interface Stream {
  readonly contentType: string | null;
  /** Numbers and kinds, in the order in which they came. */
  readonly events: { readonly id: number; readonly kind: string; readonly runId: string | null }[];
  readonly ended: Promise<void>;
  close(): void;
}

async function listen(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Stream> {
  const client = new AbortController();
  clients.push(client);
  const response = await fetch(`${api.url}${path}`, { headers, signal: client.signal });
  expect(response.status).toBe(200);
  const events: Stream['events'] = [];
  const read = async (): Promise<void> => {
    let text = '';
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk;
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        const [, id, kind, data] = /^id: (\d+)\nevent: (\w+)\ndata: (.*)$/.exec(block) ?? [];
        if (data === undefined || kind === undefined) continue;
        const { runId, eventId } = JSON.parse(data) as { runId: string | null; eventId: number };
        expect(eventId).toBe(Number(id));
        events.push({ id: eventId, kind, runId });
      }
    }
  };
  const ended = read().catch(() => undefined);
  return { contentType: response.headers.get('content-type'), events, ended, close: () => client.abort() };
}

async function makeRun(cause: string): Promise<string> {
  const { rows } = await api.pool.query<{ run_id: string }>(
    `insert into ops.runs (job, scheduled_for, cause, state) values ('daily_aggregates_elt', '2026-11-23T03:00:00Z', $1, 'running')
     returning run_id`,
    [cause],
  );
  return rows[0]?.run_id ?? '';
}

async function write(runId: string, ...kinds: readonly string[]): Promise<number> {
  const { rows } = await api.pool.query<{ last: number }>(
    `with written as (
       insert into ops.run_events (run_id, kind, occurred_at) select $1, kind, $3 from unnest($2::text[]) as kind returning event_id
     ) select max(event_id)::int as last from written`,
    [runId, kinds, NOW],
  );
  return rows[0]?.last ?? 0;
}

async function until(isSo: () => boolean, atMostMs = 10_000): Promise<void> {
  for (const startedMs = performance.now(); !isSo() && performance.now() - startedMs < atMostMs;) await sleep(20);
}

const kinds = ({ events }: Stream): readonly string[] => events.map(({ kind }) => kind);

describe('events', () => {
  test('of a run come from its beginning, then as they happen, and none of another run', async () => {
    const run = await makeRun('manual');
    const other = await makeRun('schedule');
    await write(run, 'run_started', 'scope_failed');
    const stream = await listen(`/api/runs/${run}/events`);
    expect(stream.contentType).toBe('text/event-stream; charset=utf-8');
    await until(() => stream.events.length === 2);
    await write(other, 'run_started');
    await write(run, 'run_finished');
    await until(() => stream.events.length === 3);
    expect(kinds(stream)).toEqual(['run_started', 'scope_failed', 'run_finished']);
    expect(new Set(stream.events.map(({ runId }) => runId))).toEqual(new Set([run]));
  });

  test('of all runs come from now on, or behind the last one that the client has', async () => {
    const run = await makeRun('manual');
    const seen = await write(run, 'run_started');
    await write(run, 'step_finished');
    const fromNow = await listen('/api/events');
    const behind = await listen('/api/events', { 'last-event-id': String(seen) });
    const byQuery = await listen(`/api/events?after=${String(seen)}`);
    await write(run, 'run_finished');
    await until(() => [fromNow, behind, byQuery].every(({ events }) => kindsEnd(events)));
    expect(kinds(fromNow)).toEqual(['run_finished']);
    expect(kinds(behind)).toEqual(['step_finished', 'run_finished']);
    expect(kinds(byQuery)).toEqual(['step_finished', 'run_finished']);
  });

  test('that come to sight late are not passed over', async () => {
    const run = await makeRun('manual');
    const stream = await listen('/api/events');
    const late = await api.pool.connect();
    await late.query('begin');
    await late.query(`insert into ops.run_events (run_id, kind, occurred_at) values ($1, 'first', now())`, [run]);
    await write(run, 'second');
    await sleep(1_200);
    expect(kinds(stream)).toEqual([]);
    await late.query('commit');
    late.release();
    await until(() => stream.events.length === 2);
    expect(kinds(stream)).toEqual(['first', 'second']);
  });

  test('whose numbers were given up do not hold the others back', async () => {
    const run = await makeRun('manual');
    const stream = await listen('/api/events');
    const broken = await api.pool.connect();
    await broken.query('begin');
    await broken.query(`insert into ops.run_events (run_id, kind, occurred_at) values ($1, 'never', now())`, [run]);
    await broken.query('rollback');
    broken.release();
    await write(run, 'second');
    await until(() => stream.events.length === 1);
    expect(kinds(stream)).toEqual(['second']);
  });

  test('come to many clients, thousands at a time, each once and in order', async () => {
    const run = await makeRun('manual');
    await write(run, ...Array.from({ length: 1_300 }, () => 'before'));
    const streams = await Promise.all(Array.from({ length: 5 }, () => listen(`/api/runs/${run}/events`)));
    await write(run, ...Array.from({ length: 700 }, () => 'after'));
    await until(() => streams.every(({ events }) => events.length === 2_000));
    const ids = streams.map(({ events }) => events.map(({ id }) => id));
    for (const one of ids) expect(one).toEqual(Array.from({ length: 2_000 }, (_, n) => (ids[0]?.[0] ?? 0) + n));
  });

  test('end when the server is closed, at once', async () => {
    const stream = await listen('/api/events');
    const startedMs = performance.now();
    await api.server.close();
    await stream.ended;
    expect(performance.now() - startedMs).toBeLessThan(2_000);
  });

  test('are not asked for when nobody listens any more', async () => {
    const stream = await listen('/api/events');
    stream.close();
    await stream.ended;
    await sleep(700);
    let queries = 0;
    api.pool.on('acquire', () => {
      queries += 1;
    });
    await sleep(1_300);
    expect(queries).toBe(0);
  });
});

function kindsEnd(events: Stream['events']): boolean {
  return events.at(-1)?.kind === 'run_finished';
}
