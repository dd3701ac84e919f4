import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { ShardedOvisClientOptions } from './options.ts';
import { page, problem, type ScriptedServer, startScriptedServer } from './scripted-server.ts';
import { ShardedOvisClient } from './sharded-ovis-client.ts';
import { itemsOf, rejectionOf } from './test-listing.ts';

function clientOf(
  servers: readonly ScriptedServer[],
  options: Partial<ShardedOvisClientOptions> = {},
): ShardedOvisClient {
  return new ShardedOvisClient({
    shards: servers.map(({ url }) => ({ baseUrl: url, username: 'ovis', password: 'secret' })),
    maxAttempts: 1,
    retryBaseDelayMs: 1,
    circuitFailures: 3,
    circuitOpenMs: 100,
    ...options,
  });
}

/** A shard that can be made ill. */
async function startPatient(): Promise<{ readonly server: ScriptedServer; readonly health: { ill: boolean } }> {
  const health = { ill: true };
  const server = await startScriptedServer((_request, response) =>
    health.ill ? problem(response, 503) : page(response, ['ok']),
  );
  return { server, health };
}

async function failTimes(client: ShardedOvisClient, shard: string, times: number): Promise<unknown[]> {
  const errors: unknown[] = [];
  for (let time = 0; time < times; time++) errors.push(await rejectionOf(itemsOf(client.listCustomers(shard))));
  return errors;
}

describe('a circuit', () => {
  test('opens after failures in a row and then sends nothing', async () => {
    const { server } = await startPatient();
    await using _ = server;
    await using client = clientOf([server], { circuitOpenMs: 60_000 });
    const errors = await failTimes(client, server.name, 5);
    expect(errors.map((error) => (error as { errorClass: string }).errorClass)).toEqual([
      'http_503',
      'http_503',
      'http_503',
      'circuit_open',
      'circuit_open',
    ]);
    expect(errors[4]).toMatchObject({ name: 'CircuitOpenError', retryability: 'transient', attempt: 0 });
    expect((errors[4] as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(50_000);
    expect(server.gets).toHaveLength(3);
  });

  test('lets one probe through after a while, and closes when it succeeds', async () => {
    const { server, health } = await startPatient();
    await using _ = server;
    const states: string[] = [];
    await using client = clientOf([server], { events: { onCircuitChange: ({ state }) => states.push(state) } });
    await failTimes(client, server.name, 3);
    health.ill = false;
    await delay(120);
    const listings = await Promise.all(Array.from({ length: 5 }, () => itemsOf(client.listCustomers(server.name))));
    expect(listings.flat()).toHaveLength(5);
    expect(states).toEqual(['open', 'half_open', 'closed']);
  });

  test('opens again when the probe fails, for those who waited for it too', async () => {
    const { server } = await startPatient();
    await using _ = server;
    const states: string[] = [];
    await using client = clientOf([server], { events: { onCircuitChange: ({ state }) => states.push(state) } });
    await failTimes(client, server.name, 3);
    await delay(120);
    const results = await Promise.allSettled(
      Array.from({ length: 5 }, () => itemsOf(client.listCustomers(server.name))),
    );
    expect(results.map((result) => (result as { reason?: { errorClass: string } }).reason?.errorClass)).toEqual([
      'http_503',
      'circuit_open',
      'circuit_open',
      'circuit_open',
      'circuit_open',
    ]);
    expect(server.gets).toHaveLength(4);
    expect(states).toEqual(['open', 'half_open', 'open']);
  });

  test('does not close because the caller of the probe goes away', async () => {
    const health = { ill: true };
    await using server = await startScriptedServer((_request, response) => health.ill && problem(response, 503));
    const states: string[] = [];
    await using client = clientOf([server], { events: { onCircuitChange: ({ state }) => states.push(state) } });
    await failTimes(client, server.name, 3);
    health.ill = false;
    await delay(120);
    await rejectionOf(itemsOf(client.listCustomers(server.name, { signal: AbortSignal.timeout(20) })));
    await expect.poll(() => states).toEqual(['open', 'half_open', 'open']);
  });

  test('lets a caller that waits for the probe go by its signal', async () => {
    const health = { ill: true };
    await using server = await startScriptedServer((_request, response) => health.ill && problem(response, 503));
    await using client = clientOf([server]);
    await failTimes(client, server.name, 3);
    health.ill = false;
    await delay(120);
    const probe = rejectionOf(itemsOf(client.listCustomers(server.name)));
    await expect.poll(() => server.gets.length).toBe(4);
    const waiting = itemsOf(client.listCustomers(server.name, { signal: AbortSignal.timeout(20) }));
    await expect(waiting).rejects.toMatchObject({ name: 'TimeoutError' });
    await client.close();
    expect(await probe).toMatchObject({ errorClass: 'client_closed' });
    expect(server.gets).toHaveLength(4);
  });

  test('belongs to one shard', async () => {
    const { server: ill } = await startPatient();
    await using _ = ill;
    await using well = await startScriptedServer((_request, response) => page(response, ['ok']));
    await using client = clientOf([ill, well]);
    await failTimes(client, ill.name, 4);
    expect(await itemsOf(client.listCustomers(well.name))).toEqual(['ok']);
  });

  test.each([404, 429])('stays closed under status %d, for the shard answers', async (status) => {
    await using server = await startScriptedServer((_request, response) => problem(response, status));
    await using client = clientOf([server]);
    await failTimes(client, server.name, 6);
    expect(server.gets).toHaveLength(6);
  });

  test('can be waited for', async () => {
    const { server, health } = await startPatient();
    await using _ = server;
    await using client = clientOf([server], { circuitMaxWaitMs: 5000 });
    await failTimes(client, server.name, 3);
    health.ill = false;
    expect(await itemsOf(client.listCustomers(server.name))).toEqual(['ok']);
    expect(server.gets).toHaveLength(4);
  });

  test('is not waited for longer than that', async () => {
    const { server } = await startPatient();
    await using _ = server;
    await using client = clientOf([server], { circuitMaxWaitMs: 150 });
    await failTimes(client, server.name, 3);
    const startedAt = performance.now();
    await failTimes(client, server.name, 1);
    expect(performance.now() - startedAt).toBeLessThan(5000);
  });

  test('of a login is waited for once, not again by the request that needs it', async () => {
    await using server = await startScriptedServer(
      (_request, response) => page(response, []),
      (_request, response) => problem(response, 503),
    );
    let probes = 0;
    await using client = clientOf([server], {
      circuitMaxWaitMs: 250,
      events: { onCircuitChange: ({ state }) => state === 'half_open' && probes++ },
    });
    await failTimes(client, server.name, 3);
    expect(await failTimes(client, server.name, 1)).toMatchObject([{ operation: 'login' }]);
    expect(probes).toBeLessThanOrEqual(2);
  });

  test('opens for logins as well', async () => {
    await using server = await startScriptedServer(
      (_request, response) => page(response, []),
      (_request, response) => problem(response, 503),
    );
    await using client = clientOf([server]);
    const errors = await failTimes(client, server.name, 4);
    expect(errors[3]).toMatchObject({ errorClass: 'circuit_open', operation: 'login' });
    expect(server.logins).toHaveLength(3);
  });
});
