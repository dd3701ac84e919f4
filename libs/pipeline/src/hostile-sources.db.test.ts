import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { createTestDatabase, type TestDatabase } from '@ovis/dev-stack/testing';
import type { RunReport } from '@ovis/orchestrator';
import { ShardedOvisClient } from 'ovis-client';
import { Pool } from 'pg';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CustomerDirectory } from './assets/customer-directory.ts';
import { deviceLastUpdates } from './assets/device-last-updates.ts';
import { assetRunner, type AssetRunner } from './testing/run-assets.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const CANARY = 'pii-canary-hostile';
const MAX_PAGES = 20;

/** How a customer's device states are answered. */
type Fault = (response: ServerResponse, request: IncomingMessage, query: URLSearchParams) => void;

/** What comes of it: the class of the task's error, or how many of its rows are stored. */
type Outcome = { readonly errorClass: string } | { readonly rows: number; readonly reasons?: readonly string[] };

interface Case {
  readonly fault: Fault;
  readonly outcome: Outcome;
}

function device(fields: object = {}): object {
  return { deviceId: 'overridden', uptime: 7, ownerName: CANARY, ...fields };
}

function page(items: readonly unknown[], nextCursor: string | null = null): string {
  return JSON.stringify({ items, nextCursor });
}

const send =
  (body: string | Buffer, headers: Record<string, string> = JSON_TYPE, status = 200): Fault =>
  (response) =>
    void response.writeHead(status, headers).end(body);

const text = (body: string): Fault => send(body);

/** The first page works; the second is cut. */
const resetAt =
  (bytes: number): Fault =>
  (response) => {
    const body = page([device()]);
    response.writeHead(200, { ...JSON_TYPE, 'content-length': String(body.length) });
    response.write(body.slice(0, bytes), () => response.socket?.resetAndDestroy());
  };

const CASES: Readonly<Record<string, Case>> = {
  'html-200': {
    fault: send(`<h1>${CANARY}</h1>`, { 'content-type': 'text/html' }),
    outcome: { errorClass: 'unexpected_content_type' },
  },
  'html-502': {
    fault: send(`<h1>${CANARY}</h1>`, { 'content-type': 'text/html' }, 502),
    outcome: { errorClass: 'http_502' },
  },
  'invalid-json': { fault: text(`{"items": [${CANARY}`), outcome: { errorClass: 'invalid_json' } },
  'nan-as-text': {
    fault: text('{"items":[{"deviceId":"d-nan","uptime":NaN}],"nextCursor":null}'),
    outcome: { errorClass: 'invalid_json' },
  },
  'truncated-body': {
    fault: (response) => {
      response.writeHead(200, JSON_TYPE).write('{"items":[', () => response.destroy());
    },
    outcome: { errorClass: 'truncated_body' },
  },
  'content-length-too-large': {
    fault: (response) => {
      const socket = response.socket;
      const body = page([]);
      socket?.end(
        `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${String(body.length + 100)}\r\n\r\n${body}`,
      );
    },
    outcome: { errorClass: 'truncated_body' },
  },
  'wrong-content-type': {
    fault: send(page([device()]), { 'content-type': 'image/png' }),
    outcome: { errorClass: 'unexpected_content_type' },
  },
  'gzip-bomb': {
    fault: send(gzipSync(Buffer.alloc(80 * 1024 * 1024, ' ')), { ...JSON_TYPE, 'content-encoding': 'gzip' }),
    outcome: { errorClass: 'response_too_large' },
  },
  'a-million-items': {
    fault: text(`{"items":[${'1,'.repeat(999_999)}1],"nextCursor":null}`),
    outcome: { errorClass: 'page_too_large' },
  },
  'item-of-50-mb': {
    fault: text(page([device({ deviceId: 'd-50-mb', notes: 'x'.repeat(50_000_000), serialNumber: 'y'.repeat(1000) })])),
    outcome: { rows: 1 },
  },
  'nested-100000-deep': {
    fault: text(
      `{"items":[{"deviceId":"d-deep","uptime":1,"extra":${'['.repeat(100_000)}${']'.repeat(100_000)}}],"nextCursor":null}`,
    ),
    outcome: { rows: 1 },
  },
  'proto-and-constructor': {
    fault: text(
      `{"items":[{"__proto__":{"deviceId":"${CANARY}"},"constructor":{"prototype":1},"deviceId":"d-proto","uptime":1}],"nextCursor":null}`,
    ),
    outcome: { rows: 1 },
  },
  'duplicate-keys': {
    fault: text(`{"items":[{"deviceId":"${CANARY}","uptime":1,"deviceId":"d-twice"}],"nextCursor":null}`),
    outcome: { rows: 1 },
  },
  'integers-beyond-2-53': {
    fault: text(
      '{"items":[{"deviceId":"d-large","uptime":9007199254740993,"calibrationTotal":1e400}],"nextCursor":null}',
    ),
    outcome: { rows: 1 },
  },
  'nul-and-surrogates': {
    fault: text(
      `{"items":[{"deviceId":"d-nul","heat\\u0000ing":"\\ud800","uptime":1,"embeddedVersion":"5.\\u00000"},{"deviceId":"d\\u0000","uptime":1}],"nextCursor":null}`,
    ),
    outcome: { rows: 1, reasons: ['key_invalid:deviceId'] },
  },
  'invalid-utf-8': {
    fault: send(
      Buffer.concat([
        Buffer.from('{"items":[{"deviceId":"d-utf","ownerName":"'),
        Buffer.from([0xff, 0xfe, 0xc0]),
        Buffer.from('"}],"nextCursor":null}'),
      ]),
    ),
    outcome: { rows: 1 },
  },
  'cursor-loop': {
    fault: (response, _, query) =>
      text(page([device({ deviceId: 'd-loop' })], query.get('cursor') === 'a' ? 'b' : 'a'))(response, _, query),
    outcome: { errorClass: 'cursor_loop' },
  },
  'endless-cursor': {
    fault: (response, request, query) =>
      text(page([], `n${String(Number(query.get('cursor')?.slice(1) ?? 0) + 1)}`))(response, request, query),
    outcome: { errorClass: 'too_many_pages' },
  },
  'customer-not-asked-for': {
    fault: text(page([device({ deviceId: 'd-foreign', customerId: 'somebody-else' })])),
    outcome: { rows: 1 },
  },
  'items-of-other-kinds': {
    fault: text(page([null, 7, 'text', [], [device()], { noId: 1 }, device({ deviceId: 'd-kind' })])),
    outcome: { rows: 1, reasons: ['key_missing:deviceId', ...Array.from({ length: 5 }, () => 'not_an_object')] },
  },
  'retry-after-for-ever': {
    fault: send('{}', { 'content-type': 'application/problem+json', 'retry-after': '999999999' }, 429),
    outcome: { errorClass: 'http_429' },
  },
  '401-for-ever': { fault: send('{}', JSON_TYPE, 401), outcome: { errorClass: 'http_401' } },
  'body-that-trickles': {
    fault: (response) => {
      response.writeHead(200, JSON_TYPE);
      const drip = setInterval(() => response.write(' '), 100);
      response.on('close', () => clearInterval(drip));
    },
    outcome: { errorClass: 'timeout' },
  },
  'headers-that-never-come': { fault: () => undefined, outcome: { errorClass: 'timeout' } },
  'reset-before-the-answer': {
    fault: (response) => void response.socket?.resetAndDestroy(),
    outcome: { errorClass: 'network' },
  },
  'reset-in-the-body': { fault: resetAt(20), outcome: { errorClass: 'truncated_body' } },
  'reset-at-the-last-byte': { fault: resetAt(page([device()]).length - 1), outcome: { errorClass: 'truncated_body' } },
};

const failing = Object.entries(CASES).flatMap(([name, { outcome }]) =>
  'errorClass' in outcome ? [[name, outcome.errorClass] as const] : [],
);
const loaded = Object.entries(CASES).flatMap(([name, { outcome }]) =>
  'rows' in outcome ? [[name, outcome.rows, outcome.reasons ?? []] as const] : [],
);

/** Ids that no path may follow, and no table hold. */
const HOSTILE_IDS = ['/../c-1', '%00', `c'"; drop table raw.device_last_updates; --`, '..', 'x'.repeat(2000), ''];

interface Listening extends AsyncDisposable {
  readonly port: number;
}

async function listen(server: Server): Promise<Listening> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** Paths that the servers were asked for, and tokens that arrived where none belongs. */
const asked: string[] = [];
const leaked: string[] = [];

function answer(request: IncomingMessage, response: ServerResponse, elsewhere: number): void {
  const url = new URL(request.url ?? '/', 'http://shard');
  asked.push(url.pathname);
  if (request.method === 'POST')
    return send('{"accessToken":"secret-token","tokenType":"Bearer","expiresIn":900}')(
      response,
      request,
      url.searchParams,
    );
  if (url.pathname === '/api/v1/customers') {
    const ids = ['good-1', 'good-2', 'redirect', ...Object.keys(CASES), ...HOSTILE_IDS];
    return text(page(ids.map((customerId) => ({ customerId, name: CANARY }))))(response, request, url.searchParams);
  }
  const customerId = decodeURIComponent(/customers\/([^/]*)\/device-states$/.exec(url.pathname)?.[1] ?? '');
  const found = CASES[customerId];
  if (found) return found.fault(response, request, url.searchParams);
  if (customerId === 'redirect') {
    const location = `http://127.0.0.1:${String(elsewhere)}/api/v1/customers`;
    return send('', { location }, 302)(response, request, url.searchParams);
  }
  const ids = ['a', 'b', 'shared'].map((name) => (name === 'shared' ? 'd-shared' : `d-${customerId}-${name}`));
  const items = ids.map((deviceId) => device({ deviceId, customerId: 'good-2' }));
  return text(page(customerId.startsWith('good-') ? items : []))(response, request, url.searchParams);
}

let database: TestDatabase;
let runner: AssetRunner;
let report: RunReport;
let administrator: Pool;
const resources = new AsyncDisposableStack();
const shards: { readonly [name: string]: string } = {};

beforeAll(async () => {
  database = resources.adopt(await createTestDatabase(), (made) => made.drop());
  administrator = resources.adopt(new Pool({ connectionString: database.url, max: 2 }), (pool) => pool.end());
  const elsewhere = resources.use(
    await listen(
      createServer((request, response) => {
        leaked.push(String(request.headers.authorization));
        response.end('{}');
      }),
    ),
  );
  const hostile = resources.use(
    await listen(createServer((request, response) => answer(request, response, elsewhere.port))),
  );
  const hanging = resources.use(await listen(createServer(() => undefined)));
  const certificate = await generate([{ name: 'commonName', value: 'somebody-else.example' }]);
  const wrongName = resources.use(
    await listen(
      createTlsServer({ key: certificate.private, cert: certificate.cert }, (request) =>
        leaked.push(String(request.url)),
      ),
    ),
  );
  Object.assign(shards, {
    hostile: `127.0.0.1:${String(hostile.port)}`,
    hanging: `127.0.0.1:${String(hanging.port)}`,
    wrongName: `127.0.0.1:${String(wrongName.port)}`,
    noDns: 'shard.invalid:80',
  });
  const urlOf = (name: string): string => `${name === 'wrongName' ? 'https' : 'http'}://${shards[name] ?? ''}`;
  const client = resources.use(
    new ShardedOvisClient({
      shards: Object.keys(shards).map((name) => ({
        baseUrl: urlOf(name),
        username: 'ovis',
        password: 'secret-password',
      })),
      maxAttempts: 2,
      retryBaseDelayMs: 1,
      maxRetryAfterMs: 5,
      headersTimeoutMs: 1000,
      bodyTimeoutMs: 1000,
      attemptTimeoutMs: 4000,
      circuitFailures: 10_000,
      maxPagesPerListing: MAX_PAGES,
    }),
  );
  runner = resources.use(
    assetRunner(database, { assets: [deviceLastUpdates(new CustomerDirectory())], cron: '0 */12 * * *' }),
  );
  const running = runner.runAt('2026-11-23T12:00:00.000Z', { client });
  // The clock jumps there and back while the run is at work.
  const jump = setInterval(
    () => runner.clock.set(new Date(runner.clock.now().getTime() + (Math.random() < 0.5 ? -1 : 1) * 3_600_000)),
    200,
  );
  report = await running.finally(() => clearInterval(jump));
}, 120_000);

afterAll(async () => {
  await resources.disposeAsync();
});

/** As a superuser, who sees everything. */
async function rowsOf<Row>(sql: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
  return (await administrator.query(sql, [...values])).rows as Row[];
}

describe('one run against a source that does its worst', () => {
  test.each(failing)('%s', async (customerId, errorClass) => {
    const tasks = await rowsOf('select state, error_class from ops.tasks where customer_id = $1', [customerId]);
    expect(tasks).toEqual([{ state: 'failed', error_class: errorClass }]);
  });

  test.each(loaded)('%s', async (customerId, rows, reasons) => {
    const tasks = await rowsOf('select state, error_class from ops.tasks where customer_id = $1', [customerId]);
    expect(tasks).toEqual([{ state: 'succeeded', error_class: null }]);
    expect(await rowsOf('select 1 from raw.device_last_updates where customer_id = $1', [customerId])).toHaveLength(
      rows,
    );
    const quarantined = await rowsOf<{ reason: string }>(
      `select reason from ops.quarantine where task_key like '%/' || $1 order by reason`,
      [customerId],
    );
    expect(quarantined.map(({ reason }) => reason)).toEqual(reasons);
  });

  test('the other customers are loaded, and a device that two claim is the one’s that it names', async () => {
    const rows = await rowsOf(
      'select device_id, customer_id from raw.device_last_updates where device_id like $1 or device_id = $2 order by 1',
      ['d-good%', 'd-shared'],
    );
    expect(rows).toEqual([
      { device_id: 'd-good-1-a', customer_id: 'good-1' },
      { device_id: 'd-good-1-b', customer_id: 'good-1' },
      { device_id: 'd-good-2-a', customer_id: 'good-2' },
      { device_id: 'd-good-2-b', customer_id: 'good-2' },
      { device_id: 'd-shared', customer_id: 'good-2' },
    ]);
  });

  test('faults are counted by class', async () => {
    const expected: Record<string, number> = { redirect: 1, timeout: 1, tls: 1, network: 1 };
    for (const [, errorClass] of failing) expected[errorClass] = (expected[errorClass] ?? 0) + 1;
    expect(report.outcome).toBe('failed');
    expect(report.steps[0]?.totals?.errorsByClass).toEqual(expected);
    const [made] = await rowsOf<{ errors_by_class: unknown }>('select errors_by_class from ops.materializations');
    expect(made?.errors_by_class).toEqual(expected);
  });

  test.each([
    ['a login that hangs', 'hanging', 'timeout'],
    ['a certificate of somebody else', 'wrongName', 'tls'],
    ['a name that is not known', 'noDns', 'network'],
  ])('%s fails its shard alone', async (_, name, errorClass) => {
    const [scope] = await rowsOf('select state, error_class from ops.tasks where task_key = $1', [
      `${shards[name] ?? ''}/*`,
    ]);
    expect(scope).toEqual({ state: 'failed', error_class: errorClass });
  });

  test('a redirect is not followed, and no token goes elsewhere', () => {
    expect(leaked).toEqual([]);
  });

  test('ids that no path may follow are quarantined, and never asked for', async () => {
    const quarantined = await rowsOf(
      `select reason, count(*)::int as count from ops.quarantine where task_key like '%*' group by 1`,
    );
    expect(quarantined).toEqual([{ reason: 'key_invalid:customerId', count: HOSTILE_IDS.length }]);
    expect(asked.filter((path) => path.includes('drop') || path.includes('..') || path.includes('%00'))).toEqual([]);
  });

  test('nothing personal and no secret is in any row', async () => {
    const tables = await rowsOf<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('raw', 'ops', 'pgboss')`,
    );
    const findings: string[] = [];
    for (const { name } of tables) {
      const [found] = await rowsOf<{ hits: number }>(
        `select count(*)::int as hits from ${name} as t where t::text ~ $1`,
        [`${CANARY}|secret-token|secret-password`],
      );
      if (found && found.hits > 0) findings.push(name);
    }
    expect(findings).toEqual([]);
    expect(JSON.stringify(report)).not.toMatch(new RegExp(`${CANARY}|secret-token|secret-password`));
  });
});
