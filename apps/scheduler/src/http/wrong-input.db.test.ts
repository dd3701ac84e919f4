import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApi, type Answer, type TestApi } from '../testing/start-http-api.ts';

const NOBODY = '00000000-0000-4000-8000-000000000000';
/** What must never come back. */
const MARK = 'xEchoMe7';

let api: TestApi;

beforeAll(async () => {
  api = await startApi();
});

afterAll(async () => {
  await api[Symbol.asyncDispose]();
});

interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: unknown;
}

async function operations(): Promise<
  readonly { readonly path: string; readonly method: string; readonly operation: Operation }[]
> {
  const { json } = await api.request('GET', '/openapi.json');
  return Object.entries((json as Description).paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
}

/** @returns what kind of problem it is, so that a test can say that there was one. */
function problemOf(answer: Answer, statuses: readonly number[]): string {
  expect(statuses).toContain(answer.status);
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  expect(answer.json).toMatchObject({ status: answer.status, type: expect.stringMatching(/^urn:ovis:problem:/) });
  expect(answer.text).not.toContain(MARK);
  return (answer.json as { type: string }).type;
}

const fill = (path: string, value: string): string => path.replaceAll(/\{[^}]+\}/g, value);

describe('every route', () => {
  test('answers wrong path parameters with a problem that repeats nothing', async () => {
    for (const { path, method, operation } of await operations()) {
      if (!path.includes('{')) continue;
      for (const value of [`${MARK}!`, '%00', '%F0%9F%98%80', '..%2f..', 'x'.repeat(99), "'; select 1; --"]) {
        const answer = await api.request(method, fill(path, value), operation.requestBody ? { body: {} } : {});
        expect(problemOf(answer, [400, 404])).toMatch(/^urn:/);
      }
    }
  });

  test('knows no run, job or asset that is not there', async () => {
    for (const { path, method, operation } of await operations()) {
      if (!path.includes('{')) continue;
      const value = path.includes('{runId}') ? NOBODY : path.includes('{asset}') ? `raw.${MARK}` : MARK;
      const answer = await api.request(method, fill(path, value), operation.requestBody ? { body: {} } : {});
      expect(problemOf(answer, [404])).toMatch(/^urn:/);
    }
  });

  test('names query parameters that are wrong, and those that it does not have', async () => {
    for (const { path, method, operation } of await operations()) {
      const names = (operation.parameters ?? []).filter((one) => one.in === 'query').map((one) => one.name);
      if (names.length === 0) continue;
      const filled = fill(path, path.includes('{asset}') ? 'raw.daily_aggregates' : NOBODY);
      for (const name of [...names, 'notThere']) {
        for (const value of [`${MARK}!`, '', '%00', '9'.repeat(700)]) {
          const answer = await api.request(method, `${filled}?${name}=${value}`);
          expect(problemOf(answer, [400])).toMatch(/^urn:/);
          expect(answer.json).toMatchObject({ fields: [{ in: 'query', field: name }] });
        }
      }
    }
  });

  test('refuses bodies that are no JSON, too large, of another type or with other fields', async () => {
    for (const { path, method, operation } of await operations()) {
      if (!operation.requestBody) continue;
      const filled = fill(path, 'daily_aggregates_elt');
      expect(problemOf(await api.request(method, filled, { body: `{"${MARK}` }), [400])).toMatch(/^urn:/);
      expect(problemOf(await api.request(method, filled, { body: `"${MARK}"` }), [400])).toMatch(/^urn:/);
      expect(problemOf(await api.request(method, filled, { body: 'null' }), [400])).toMatch(/^urn:/);
      expect(problemOf(await api.request(method, filled, { body: '{"__proto__": {"a": 1}}' }), [400])).toMatch(/^urn:/);
      expect(problemOf(await api.request(method, filled, { body: { name: MARK.repeat(5_000) } }), [413])).toMatch(
        /^urn:/,
      );
      const headers = { 'content-type': 'text/plain' };
      expect(problemOf(await api.request(method, filled, { body: MARK, headers }), [415])).toMatch(/^urn:/);
      const unknown = await api.request(method, filled, { body: { notThere: MARK } });
      expect(problemOf(unknown, [400])).toMatch(/^urn:/);
      expect(unknown.text).toContain('notThere');
    }
  });

  test('answers other methods with those that it has', async () => {
    const byPath = Map.groupBy(await operations(), ({ path }) => path);
    for (const [path, known] of byPath) {
      const answer = await api.request('PUT', fill(path, MARK), { body: MARK, headers: { 'content-type': MARK } });
      expect(problemOf(answer, [405])).toMatch(/^urn:/);
      const allowed = answer.headers.get('allow')?.split(', ') ?? [];
      for (const { method } of known) expect(allowed).toContain(method);
    }
  });

  test('lets no page of another site change anything', async () => {
    for (const { path, method } of await operations()) {
      if (method === 'GET') continue;
      for (const headers of [
        { 'sec-fetch-site': 'cross-site' },
        { 'sec-fetch-site': 'same-site' },
        { origin: 'https://evil.example' },
        { origin: 'null' },
      ]) {
        expect(problemOf(await api.request(method, fill(path, NOBODY), { headers }), [403])).toMatch(/^urn:/);
      }
    }
  });
});

describe('the server', () => {
  test('knows no other path', async () => {
    for (const path of [
      '/',
      `/${MARK}`,
      '/api',
      '/api/',
      '/api/runs/',
      '//api/runs',
      '/api/Runs',
      '/%',
      '/api/runs/%zz',
    ]) {
      expect(problemOf(await api.request('GET', path), [400, 404])).toMatch(/^urn:/);
    }
  });

  test('answers what is no HTTP with a problem', async () => {
    const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
    socket.end(`${MARK} / HTTP/1.1\r\n\r\n`);
    const chunks: string[] = [];
    for await (const chunk of socket) chunks.push(String(chunk));
    expect(chunks.join('')).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(chunks.join('')).toContain('urn:ovis:problem:invalid-request');
    expect(chunks.join('')).not.toContain(MARK);
  });

  test('refuses requests that name another host, so that no page can have its own name mean this machine', async () => {
    const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
    socket.end('GET /api/runs HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n');
    const chunks: string[] = [];
    for await (const chunk of socket) chunks.push(String(chunk));
    expect(chunks.join('')).toMatch(/^HTTP\/1\.1 403 /);
  });

  test('refuses a place in a list that is none of this list', async () => {
    const token = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    for (const cursor of [
      MARK,
      token({}),
      token(null),
      token({ before: 'x' }),
      token({ scheduledFor: 'x', runId: NOBODY }),
    ]) {
      const answer = await api.request('GET', `/api/runs?cursor=${cursor}`);
      expect(problemOf(answer, [400])).toMatch(/^urn:/);
      expect(answer.json).toMatchObject({ fields: [{ in: 'query', field: 'cursor' }] });
    }
  });

  test('refuses event numbers that are none', async () => {
    const headers = { 'last-event-id': MARK };
    const answer = await api.request('GET', '/api/events', { headers });
    expect(problemOf(answer, [400])).toMatch(/^urn:/);
    expect(answer.json).toMatchObject({ fields: [{ in: 'headers', field: 'last-event-id' }] });
  });

  test('says that the database is away, and answers again when it is back', async () => {
    await using other = await startApi();
    await other.pool.query('select 1');
    const query = other.pool.query.bind(other.pool);
    const refused = Object.assign(new Error(`connect ECONNREFUSED ${MARK}`), { code: 'ECONNREFUSED' });
    other.pool.query = () => Promise.reject(refused);
    const answer = await other.request('GET', '/api/runs');
    expect(problemOf(answer, [503])).toMatch(/^urn:/);
    expect(answer.headers.get('retry-after')).toBe('5');
    other.pool.query = query;
    expect(await other.request('GET', '/api/runs')).toMatchObject({ status: 200 });
    expect(other.errors).toEqual([]);
  });
});

test('nothing unexpected happened meanwhile', () => {
  expect(api.errors).toEqual([]);
});
