import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startApi, startReplica, type Answer, type TestApi } from '../../testing/start-http-api.ts';
import { hashPassword } from './password-hash.ts';

const PASSWORD = 'correct horse battery';

let users: string;
let api: TestApi;

beforeAll(async () => {
  const hash = await hashPassword(PASSWORD);
  users = `ada:operator:${hash},bob:viewer:${hash}`;
});

beforeEach(async () => {
  api = await startApi({ HTTP_HOST: '0.0.0.0', CONSOLE_USERS: users });
});

afterEach(async () => {
  await api[Symbol.asyncDispose]();
});

afterAll(() => {
  users = '';
});

const login = (name: string, password = PASSWORD): Promise<Answer> =>
  api.request('POST', '/api/session', { body: { name, password } });

async function cookieOf(name: string): Promise<string> {
  const answer = await login(name);
  expect(answer.status).toBe(200);
  return answer.headers.get('set-cookie')?.split(';', 1)[0] ?? '';
}

describe('off loopback', () => {
  test('nothing but health, metrics and the description is told without a login', async () => {
    const { json } = await api.request('GET', '/openapi.json');
    for (const [path, methods] of Object.entries((json as { paths: Record<string, object> }).paths)) {
      if (!path.startsWith('/api/') || path === '/api/session') continue;
      for (const method of Object.keys(methods)) {
        const answer = await api.request(method.toUpperCase(), path.replaceAll(/\{[^}]+\}/g, 'x'));
        expect([path, method, answer.status]).toEqual([path, method, 401]);
      }
    }
    expect((await api.request('GET', '/api/nothing')).status).toBe(401);
    expect((await api.request('GET', '/readyz')).status).toBe(200);
    expect((await api.request('GET', '/api/session')).json).toEqual({ loginRequired: true, name: null, role: null });
  });

  test('the session is kept in a cookie that no script reads and no other site sends', async () => {
    const answer = await login('ada');
    expect(answer).toMatchObject({ status: 200, json: { name: 'ada', role: 'operator', loginRequired: true } });
    const cookie = answer.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/^__Host-ovis-session=[^;]+; Path=\/; Expires=[^;]+; HttpOnly; Secure; SameSite=Strict$/);
    expect(answer.headers.get('strict-transport-security')).toContain('max-age=31536000');
    expect(answer.text).not.toContain(PASSWORD);
  });

  test('a viewer reads, and an operator changes', async () => {
    const viewer = { cookie: await cookieOf('bob') };
    const operator = { cookie: await cookieOf('ada') };
    const path = '/api/jobs/daily_aggregates_elt/pause';
    expect(await api.request('GET', '/api/jobs', { headers: viewer })).toMatchObject({ status: 200 });
    expect(await api.request('POST', path, { headers: viewer })).toMatchObject({
      status: 403,
      json: { type: 'urn:ovis:problem:forbidden' },
    });
    expect(await api.request('POST', path, { headers: operator })).toMatchObject({ status: 200 });
    const { rows } = await api.pool.query(`select detail ->> 'requestedBy' as by from ops.run_events`);
    expect(rows).toEqual([{ by: 'ada' }]);
  });

  test('a session of an operator is of no use to another site', async () => {
    const cookie = await cookieOf('ada');
    const headers = { cookie, origin: 'https://evil.example' };
    const answer = await api.request('POST', '/api/jobs/daily_aggregates_elt/pause', { headers });
    expect(answer).toMatchObject({ status: 403, json: { type: 'urn:ovis:problem:cross-site' } });
  });

  test('a logout ends the session', async () => {
    const headers = { cookie: await cookieOf('ada') };
    const out = await api.request('DELETE', '/api/session', { headers });
    expect(out.status).toBe(204);
    expect(out.headers.get('set-cookie')).toContain('__Host-ovis-session=;');
    expect((await api.request('GET', '/api/jobs', { headers })).status).toBe(401);
  });

  test('a logout holds at all replicas, ends the open streams, and keeps nothing that is a session', async () => {
    const key = { HTTP_HOST: '0.0.0.0', CONSOLE_USERS: users, CONSOLE_SESSION_KEY: 'k'.repeat(32) };
    await using first = await startApi(key);
    await using second = await startReplica(first, key);
    const answer = await first.request('POST', '/api/session', { body: { name: 'ada', password: PASSWORD } });
    const headers = { cookie: answer.headers.get('set-cookie')?.split(';', 1)[0] ?? '' };
    expect((await second.request('GET', '/api/jobs', { headers })).status).toBe(200);
    const stream = await fetch(`${second.url}/api/events`, { headers });
    expect((await first.request('DELETE', '/api/session', { headers })).status).toBe(204);
    expect((await second.request('GET', '/api/jobs', { headers })).status).toBe(401);
    expect((await second.request('GET', '/api/session', { headers })).json).toMatchObject({ name: null });
    expect((await second.request('GET', '/livez', { headers })).status).toBe(200);
    expect(await stream.text()).toContain('retry:');
    const { rows } = await first.pool.query<{ session_hash: string }>('select session_hash from ops.ended_sessions');
    expect(rows).toHaveLength(1);
    expect(headers.cookie).not.toContain(rows[0]?.session_hash);
  }, 15_000);

  test('wrong names and wrong passwords are told alike, and only so often', async () => {
    const wrong = await login('ada', 'wrong');
    const nobody = await login('nobody', 'wrong');
    expect(wrong).toMatchObject({ status: 401, json: { type: 'urn:ovis:problem:wrong-login' } });
    expect(nobody.text).toBe(wrong.text);
    const answers: number[] = [];
    for (let n = 0; n < 9; n++) answers.push((await login('ada', 'wrong')).status);
    expect(answers).toEqual([401, 401, 401, 401, 401, 401, 401, 401, 429]);
    const limited = await login('ada');
    expect(limited).toMatchObject({ status: 429, json: { type: 'urn:ovis:problem:too-many-requests' } });
    expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(api.errors).toEqual([]);
  });
});
