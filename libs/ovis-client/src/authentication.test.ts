import { describe, expect, test } from 'vitest';
import type { ClientEvents, LoginEvent } from './events.ts';
import type { ShardedOvisClientOptions } from './options.ts';
import { json, page, problem, type ScriptedServer, startScriptedServer } from './scripted-server.ts';
import { ShardedOvisClient } from './sharded-ovis-client.ts';
import { itemsOf } from './test-listing.ts';

function clientOf(server: ScriptedServer, options: Partial<ShardedOvisClientOptions> = {}): ShardedOvisClient {
  return new ShardedOvisClient({
    shards: [
      {
        baseUrl: server.url,
        username: 'ovis',
        password: 'secret-of-1',
        usernameVariable: 'OVIS_SHARD_1_USERNAME',
        passwordVariable: 'OVIS_SHARD_1_PASSWORD',
      },
    ],
    retryBaseDelayMs: 1,
    ...options,
  });
}

function loginsOf(): { readonly logins: LoginEvent[]; readonly events: ClientEvents } {
  const logins: LoginEvent[] = [];
  return { logins, events: { onLogin: (event) => logins.push(event) } };
}

describe('authentication', () => {
  test('logs in once, however many callers wait', async () => {
    await using server = await startScriptedServer((request, response) =>
      page(response, [request.headers.authorization]),
    );
    await using client = clientOf(server);
    const listings = await Promise.all(Array.from({ length: 20 }, () => itemsOf(client.listCustomers(server.name))));
    expect(listings.flat()).toEqual(Array.from({ length: 20 }, () => 'Bearer token-1'));
    expect(server.logins.map(({ path, body }) => ({ path, body: JSON.parse(body) as unknown }))).toEqual([
      { path: '/api/v1/auth/login', body: { username: 'ovis', password: 'secret-of-1' } },
    ]);
  });

  test('renews a token before it expires by the given clock', async () => {
    await using server = await startScriptedServer((request, response) =>
      page(response, [request.headers.authorization]),
    );
    const time = { ms: 1_000_000 };
    const { logins, events } = loginsOf();
    await using client = clientOf(server, { clock: { now: () => time.ms }, events });
    const used: unknown[] = [];
    for (const seconds of [0, 839, 840]) {
      time.ms = 1_000_000 + seconds * 1000;
      used.push(...(await itemsOf(client.listCustomers(server.name))));
    }
    expect(used).toEqual(['Bearer token-1', 'Bearer token-1', 'Bearer token-2']);
    expect(logins.map(({ cause, outcome }) => `${cause} ${outcome}`)).toEqual([
      'first succeeded',
      'expiring succeeded',
    ]);
  });

  test('goes on with a token that is still good when its renewal fails', async () => {
    await using server = await startScriptedServer(
      (request, response) => page(response, [request.headers.authorization]),
      (request, response) =>
        request.count === 1 ? json(response, { accessToken: 't1', expiresIn: 900 }) : problem(response, 503),
    );
    const time = { ms: 0 };
    await using client = clientOf(server, { clock: { now: () => time.ms }, maxAttempts: 2 });
    await itemsOf(client.listCustomers(server.name));
    time.ms = 850_000;
    expect(await itemsOf(client.listCustomers(server.name))).toEqual(['Bearer t1']);
    expect(await itemsOf(client.listCustomers(server.name))).toEqual(['Bearer t1']);
    expect(server.logins).toHaveLength(3);
  });

  test('logs in again once when a token is refused before its time', async () => {
    await using server = await startScriptedServer((request, response) =>
      request.headers.authorization === 'Bearer token-1'
        ? problem(response, 401)
        : page(response, [request.headers.authorization]),
    );
    const { logins, events } = loginsOf();
    await using client = clientOf(server, { events });
    expect(await itemsOf(client.listCustomers(server.name))).toEqual(['Bearer token-2']);
    expect(logins.map(({ cause }) => cause)).toEqual(['first', 'refused']);
  });

  test('logs in again once for many callers whose token was refused', async () => {
    await using server = await startScriptedServer((request, response) =>
      request.headers.authorization === 'Bearer token-1' ? problem(response, 401) : page(response, ['ok']),
    );
    await using client = clientOf(server);
    const listings = await Promise.all(Array.from({ length: 20 }, () => itemsOf(client.listCustomers(server.name))));
    expect(listings.flat()).toHaveLength(20);
    expect(server.logins).toHaveLength(2);
  });

  test('gives up on a request whose renewed token is refused too', async () => {
    await using server = await startScriptedServer((_request, response) => problem(response, 401));
    await using client = clientOf(server);
    await expect(itemsOf(client.listCustomers(server.name))).rejects.toMatchObject({
      name: 'HttpStatusError',
      status: 401,
      errorClass: 'http_401',
      retryability: 'transient',
    });
    expect(server.gets).toHaveLength(2);
    expect(server.logins).toHaveLength(2);
  });

  test('accepts a numeric string as the lifetime of a token', async () => {
    await using server = await startScriptedServer(
      (_request, response) => page(response, ['ok']),
      (_request, response) => json(response, { accessToken: 't', expiresIn: '900', extra: { deep: [1] } }),
    );
    await using client = clientOf(server);
    await itemsOf(client.listCustomers(server.name));
    await itemsOf(client.listCustomers(server.name));
    expect(server.logins).toHaveLength(1);
  });

  test('uses a token that expires at once for the request at hand', async () => {
    await using server = await startScriptedServer(
      (_request, response) => page(response, ['ok']),
      (_request, response) => json(response, { accessToken: 't', expiresIn: 0 }),
    );
    await using client = clientOf(server);
    expect(await itemsOf(client.listCustomers(server.name))).toEqual(['ok']);
    expect(server.logins).toHaveLength(1);
  });

  test.each([429, 503, 502])('tries a login again after status %d', async (status) => {
    await using server = await startScriptedServer(
      (_request, response) => page(response, ['ok']),
      (request, response) =>
        request.count < 3 ? problem(response, status) : json(response, { accessToken: 't', expiresIn: 900 }),
    );
    await using client = clientOf(server);
    expect(await itemsOf(client.listCustomers(server.name))).toEqual(['ok']);
    expect(server.logins).toHaveLength(3);
  });

  test('does not multiply the retries of a login by those of a request', async () => {
    await using server = await startScriptedServer(
      (_request, response) => page(response, ['ok']),
      (_request, response) => problem(response, 503),
    );
    await using client = clientOf(server, { maxAttempts: 3 });
    await expect(itemsOf(client.listCustomers(server.name))).rejects.toMatchObject({
      operation: 'login',
      status: 503,
      attempt: 3,
    });
    expect(server.logins).toHaveLength(3);
    expect(server.gets).toHaveLength(0);
  });

  test.each([
    ['no token', { expiresIn: 900 }],
    ['a token that would split the header', { accessToken: 'a\r\nx: y', expiresIn: 900 }],
    ['no lifetime', { accessToken: 't' }],
    ['another kind of token', { accessToken: 't', expiresIn: 900, tokenType: 'MAC' }],
  ])('refuses a login that answers with %s', async (_what, document) => {
    await using server = await startScriptedServer(
      (_request, response) => page(response, ['ok']),
      (_request, response) => json(response, document),
    );
    await using client = clientOf(server);
    await expect(itemsOf(client.listCustomers(server.name))).rejects.toMatchObject({
      errorClass: 'invalid_login',
      retryability: 'terminal',
    });
    expect(server.logins).toHaveLength(1);
  });

  test('ends a login when the last caller that waits for it goes, and starts a new one for the next', async () => {
    await using server = await startScriptedServer(
      (_request, response) => page(response, ['ok']),
      (request, response) => request.count > 1 && json(response, { accessToken: 't', expiresIn: 900 }),
    );
    const { logins, events } = loginsOf();
    await using client = clientOf(server, { events });
    const callers = [new AbortController(), new AbortController()];
    const waiting = callers.map(({ signal }) => itemsOf(client.listCustomers(server.name, { signal })));
    await expect.poll(() => server.logins.length).toBe(1);
    callers[0]?.abort(new Error('first goes'));
    await expect(waiting[0]).rejects.toThrow('first goes');
    expect(server.running.now).toBe(1);
    callers[1]?.abort(new Error('second goes'));
    await expect(waiting[1]).rejects.toThrow('second goes');
    await expect.poll(() => server.running.now).toBe(0);
    expect(await itemsOf(client.listCustomers(server.name))).toEqual(['ok']);
    expect(logins.map(({ outcome }) => outcome)).toEqual(['aborted', 'succeeded']);
  });
});

describe('wrong credentials', () => {
  test.each([401, 403])(
    'are a terminal error after status %d that names the shard and the variables',
    async (status) => {
      await using server = await startScriptedServer(
        (_request, response) => page(response, []),
        (_request, response) => problem(response, status),
      );
      await using client = clientOf(server);
      await expect(itemsOf(client.listCustomers(server.name))).rejects.toMatchObject({
        name: 'WrongCredentialsError',
        shard: server.name,
        errorClass: 'wrong_credentials',
        retryability: 'terminal',
        variables: ['OVIS_SHARD_1_USERNAME', 'OVIS_SHARD_1_PASSWORD'],
        message: `shard "${server.name}", login: the credentials were refused with status ${status}; correct OVIS_SHARD_1_USERNAME and OVIS_SHARD_1_PASSWORD`,
      });
    },
  );

  test('are sent once, not by every caller that follows', async () => {
    await using server = await startScriptedServer(
      (_request, response) => page(response, []),
      (_request, response) => problem(response, 401),
    );
    await using client = clientOf(server);
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, () => itemsOf(client.listCustomers(server.name))),
    );
    results.push(...(await Promise.allSettled([itemsOf(client.listCustomers(server.name))])));
    expect(results.map(({ status }) => status)).toEqual(Array.from({ length: 21 }, () => 'rejected'));
    expect(server.logins).toHaveLength(1);
    expect(server.gets).toHaveLength(0);
  });

  test('of one shard do not touch the others, which have credentials of their own', async () => {
    await using good = await startScriptedServer((request, response) =>
      page(response, [request.headers.authorization]),
    );
    await using bad = await startScriptedServer(
      (_request, response) => page(response, []),
      (_request, response) => problem(response, 401),
    );
    await using client = new ShardedOvisClient({
      shards: [
        { baseUrl: bad.url, username: 'ovis', password: 'wrong' },
        { baseUrl: good.url, username: 'another', password: 'right' },
      ],
    });
    const [refused, listed] = await Promise.allSettled(
      client.shards.map((shard) => itemsOf(client.listCustomers(shard))),
    );
    expect(refused).toMatchObject({ status: 'rejected', reason: { name: 'WrongCredentialsError', shard: bad.name } });
    expect(listed).toEqual({ status: 'fulfilled', value: ['Bearer token-1'] });
    expect(good.logins.map(({ body }) => body)).toEqual(['{"username":"another","password":"right"}']);
  });
});
