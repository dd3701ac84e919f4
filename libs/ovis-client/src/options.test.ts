import { describe, expect, test } from 'vitest';
import { SettingsError } from './errors.ts';
import { checkPageSize, resolveLimits, resolveShards } from './options.ts';

const shard = { baseUrl: 'http://127.0.0.1:4101', username: 'ovis', password: 'secret' };

describe(resolveLimits, () => {
  test('fills in the documented defaults', () => {
    expect(resolveLimits({})).toEqual({
      maxRequestsPerShard: 8,
      pageSize: 1000,
      maxItemsPerPage: 10_000,
      maxPagesPerListing: 100_000,
      maxResponseBytes: 67_108_864,
      connectTimeoutMs: 10_000,
      headersTimeoutMs: 30_000,
      bodyTimeoutMs: 30_000,
      attemptTimeoutMs: 120_000,
      maxAttempts: 5,
      retryBaseDelayMs: 250,
      retryMaxDelayMs: 20_000,
      maxRetryAfterMs: 60_000,
      retryBudgetCapacity: 100,
      retryBudgetPerRequest: 0.5,
      retryBudgetPerSecond: 2,
      circuitFailures: 50,
      circuitOpenMs: 15_000,
      circuitMaxWaitMs: 0,
      tokenRefreshMarginMs: 60_000,
    });
  });

  test.each([
    [{ maxRequestsPerShard: 0 }, 'maxRequestsPerShard'],
    [{ pageSize: 1001 }, 'pageSize'],
    [{ maxAttempts: 1.5 }, 'maxAttempts'],
    [{ attemptTimeoutMs: Number.NaN }, 'attemptTimeoutMs'],
    [{ retryMaxDelayMs: 2 ** 31 }, 'retryMaxDelayMs'],
  ])('refuses %j naming the option', (options, option) => {
    expect(() => resolveLimits(options)).toThrow(expect.objectContaining({ name: 'SettingsError', option }));
  });
});

describe(resolveShards, () => {
  test('names a shard by host and port, the default port too', () => {
    const shards = resolveShards([shard, { ...shard, baseUrl: 'https://backend-1.example.com/ovis/' }]);
    expect(shards.map(({ name, origin, pathPrefix }) => ({ name, origin, pathPrefix }))).toEqual([
      { name: '127.0.0.1:4101', origin: 'http://127.0.0.1:4101', pathPrefix: '' },
      { name: 'backend-1.example.com:443', origin: 'https://backend-1.example.com', pathPrefix: '/ovis' },
    ]);
  });

  test.each([
    ['no shard at all', [], 'shards'],
    ['what is no URL', [{ ...shard, baseUrl: 'backend-1' }], 'shards[0].baseUrl'],
    ['another protocol', [{ ...shard, baseUrl: 'ftp://backend-1' }], 'shards[0].baseUrl'],
    ['a query', [{ ...shard, baseUrl: 'http://backend-1/?a=1' }], 'shards[0].baseUrl'],
    ['one shard twice', [shard, { ...shard, baseUrl: 'http://127.0.0.1:4101/' }], 'shards[1].baseUrl'],
    ['no password', [{ ...shard, password: '', passwordVariable: 'OVIS_PASSWORD' }], 'shards[0].password'],
  ])('refuses %s', (_what, shards, option) => {
    expect(() => resolveShards(shards)).toThrow(expect.objectContaining({ name: 'SettingsError', option }));
  });

  test('does not repeat a secret that stands in a URL', () => {
    const refuse = () => resolveShards([{ ...shard, baseUrl: 'http://ovis:hunter2@backend-1' }]);
    expect(refuse).toThrow(SettingsError);
    expect(refuse).not.toThrow(/hunter2/);
  });

  test('names the variable that an empty password should have come from', () => {
    expect(() => resolveShards([{ ...shard, password: '', passwordVariable: 'OVIS_SHARD_1_PASSWORD' }])).toThrow(
      'option "shards[0].password" of the Ovis client: is empty; set OVIS_SHARD_1_PASSWORD',
    );
  });
});

describe(checkPageSize, () => {
  test.each([0, 1001, 2.5, Number.NaN])('refuses %d', (pageSize) => {
    expect(() => checkPageSize(pageSize)).toThrow(SettingsError);
  });
});
