import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import * as batteryDb from '@ovis/battery-db';
import { MemoryObjects, startObjectServer, type FaultKind, type ObjectServer } from '@ovis/object-server';
import * as objectStore from '@ovis/object-store';
import * as ovisClient from 'ovis-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { holdsCanary, MARK } from './testing/privacy/canaries.ts';
import { FAULTY_CUSTOMERS, startCanaryShard } from './testing/privacy/canary-shard.ts';
import { canaryWorld } from './testing/privacy/canary-world.ts';

const thrown: unknown[] = [];
const resources = new AsyncDisposableStack();
const KEY = 'knee/2026-11-22/part-00000.jsonl';

/** Notes what a call throws; a listing is read to its end. */
async function provoke(call: () => unknown): Promise<void> {
  try {
    const given: unknown = await call();
    const isListing = typeof given === 'object' && given !== null && Symbol.asyncIterator in given;
    if (isListing) for await (const _ of given as AsyncIterable<unknown>);
  } catch (error) {
    thrown.push(error);
  }
}

/** A server that answers every request alike, or never. */
async function startServer(status: number | null): Promise<string> {
  const server = createServer((request, response) => {
    request.resume();
    if (status !== null) response.writeHead(status, MARK, { 'www-authenticate': MARK }).end(MARK);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  resources.defer(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

async function provokeClient(): Promise<void> {
  const { ShardedOvisClient } = ovisClient;
  const login = { username: MARK, password: MARK };
  const patience = { maxAttempts: 1, headersTimeoutMs: 200, circuitFailures: 1, maxPagesPerListing: 3 };
  const shard = resources.use(await startCanaryShard(canaryWorld(50, 1)));
  const refusing = await startServer(401);
  const hanging = await startServer(null);
  const shards = [
    shard.url,
    `http://${refusing}`,
    `http://${hanging}`,
    `https://localhost:${hanging.split(':')[1] ?? ''}`,
  ];
  const client = new ShardedOvisClient({ ...patience, shards: shards.map((baseUrl) => ({ baseUrl, ...login })) });
  const question = { metric: MARK, date: MARK } as never;
  const list = (name: string, customer = 'c-1'): unknown => client.listDeviceStates(name, customer);
  const name = new URL(shard.url).host;
  const calm = resources.use(
    new ShardedOvisClient({
      shards: [{ baseUrl: shard.url, ...login }],
      maxAttempts: 2,
      retryBaseDelayMs: 1,
      maxRetryAfterMs: 1,
    }),
  );
  for (const customer of FAULTY_CUSTOMERS) await provoke(() => calm.listDeviceStates(name, customer));
  for (const broken of [refusing, hanging, hanging, client.shards[3] ?? '']) await provoke(() => list(broken));
  await provoke(() => list('nowhere'));
  await provoke(() => list(name, `${MARK}\ud800`));
  await provoke(() => list(name, MARK.repeat(1_000)));
  await provoke(() => client.getDeviceDailyAggregate(name, `${MARK}\ud800`, { metric: 'rssi', date: '2026-11-22' }));
  await provoke(() => client.getDeviceDailyAggregate(name, 'd-1', question));
  await provoke(() => client.listDeviceStates(name, 'c-1', { cursor: MARK.repeat(10_000), pageSize: 0 }));
  await client.close();
  await provoke(() => list(name));
  for (const baseUrl of [`ftp://${MARK}`, `http://${MARK}:${MARK}@localhost`, MARK, `http://localhost/?${MARK}`]) {
    await provoke(() => new ShardedOvisClient({ shards: [{ baseUrl, ...login }] }));
  }
}

/** A store that reads one part, and meets one fault. */
async function provokeStore(server: ObjectServer, fault: FaultKind | null, other: object = {}): Promise<void> {
  const { endpoint, accessKey, secretKey, region } = server;
  const settings = { endpoint, accessKey, secretKey, region, bucket: 'results', ...other };
  const limits = { maxAttempts: 1, headersTimeoutMs: 200, bodyTimeoutMs: 200, ...other };
  const store = new objectStore.S3ObjectStore({ settings, ...limits });
  const operations = ['list', 'get'] as const;
  for (const operation of operations) {
    await provoke(async () => {
      if (fault && operation === 'list') server.fail({ operation, with: fault });
      const folder = await store.findFolder('knee', '2026-11-22');
      if (fault && operation === 'get') server.fail({ operation, with: fault });
      const [part] = folder?.parts ?? [];
      return part && store.readPart(part);
    });
    server.reset();
  }
  await store.close();
  await provoke(() => store.listFolders());
}

async function provokeStores(): Promise<void> {
  const line = `{"reviewedBy":"${MARK}"}\n`;
  const objects = new MemoryObjects({ [KEY]: line, 'knee/2026-11-22/_SUCCESS': '' });
  const zipped = new MemoryObjects({ [`${KEY}.gz`]: `${MARK}${line}`, 'knee/2026-11-22/_SUCCESS': '' });
  const server = resources.use(await startObjectServer({ buckets: { results: objects, zipped } }));
  const headers = { server: MARK, location: `http://${MARK}.example.com`, 'content-encoding': MARK };
  const status = (code: number, name = MARK): FaultKind => ({ kind: 'status', status: code, code: name, headers });
  const names = ['NoSuchBucket', 'NoSuchKey', 'RequestTimeTooSkewed', 'SignatureDoesNotMatch', 'InvalidRegion'];
  for (const code of names) await provokeStore(server, status(400, code));
  for (const code of [302, 400, 403, 412, 500, 503]) await provokeStore(server, status(code));
  await provokeStore(server, { kind: 'body', body: `<ListBucketResult><${MARK}>${MARK}`, headers: { server: MARK } });
  await provokeStore(server, { kind: 'body', body: MARK, headers });
  await provokeStore(server, { kind: 'hang' });
  await provokeStore(server, { kind: 'cut', bytes: 5 });
  await provokeStore(server, { kind: 'stall', bytes: 5 });
  await provokeStore(server, { kind: 'etag', etag: `"${MARK}"` });
  await provokeStore(server, null, { bucket: 'zipped' });
  await provokeStore(server, null, { maxPartBytes: 1 });
  await provokeStore(server, null, { secretKey: MARK, accessKey: MARK });
  await provokeStore(server, null, { endpoint: server.endpoint.replace('http:', 'https:') });
  await provokeStore(server, null, { endpoint: 'http://127.0.0.1:1' });
  await provokeEndlessListing();
  await provoke(() => new objectStore.S3ObjectStore({ settings: {} as never, maxAttempts: MARK as never }));
  const { endpoint, accessKey, secretKey, region } = server;
  const settings = { endpoint, accessKey, secretKey, region, bucket: 'results' };
  const store = resources.use(new objectStore.S3ObjectStore({ settings }));
  await provoke(() => store.findFolder(`../${MARK}`, MARK));
}

async function provokeEndlessListing(): Promise<void> {
  const page = `<?xml version="1.0"?><ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>${MARK}</NextContinuationToken>
    <KeyCount>1</KeyCount><Contents><Key>${MARK}</Key><Size>1</Size><ETag>"${MARK}"</ETag><LastModified>2026-11-22T00:00:00Z</LastModified></Contents></ListBucketResult>`;
  const server = createServer((_, response) =>
    response.writeHead(200, { 'content-type': 'application/xml' }).end(page),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const settings = { endpoint, region: 'us-east-1', bucket: 'results', accessKey: MARK, secretKey: MARK };
  const store = new objectStore.S3ObjectStore({ settings, maxAttempts: 1 });
  await provoke(() => store.listFolders());
  await store.close();
  server.closeAllConnections();
  server.close();
}

async function provokeBattery(): Promise<void> {
  const url = `postgres://${MARK}:${MARK}@127.0.0.1:1/${MARK}`;
  const database = new batteryDb.PostgresBatteryDatabase({ url });
  const range = { from: new Date(0), until: new Date(1) };
  await provoke(() =>
    database.readPages({ entity: 'measurements', columns: ['measurement_id', 'recorded_at'], ...range }),
  );
  await provoke(() =>
    database.readPages({
      entity: 'measurements',
      columns: ['measurement_id', 'recorded_at'],
      from: new Date(1),
      until: new Date(0),
    }),
  );
  await provoke(() => database.firstRecordedAt('replacements'));
  await database.close();
}

/** The classes of errors that a library exports and makes itself, not only their bases. */
function errorClasses(library: object): readonly string[] {
  const classes = Object.values(library).filter(
    (value): value is { readonly name: string; readonly prototype: object } =>
      typeof value === 'function' && value.prototype instanceof Error,
  );
  const isBase = (one: { readonly prototype: object }): boolean =>
    classes.some((other) => other !== one && one.prototype.isPrototypeOf(other.prototype));
  return classes.filter((one) => !isBase(one)).map(({ name }) => name);
}

beforeAll(async () => {
  await provokeClient();
  await provokeStores();
  await provokeBattery();
});

afterAll(() => resources.disposeAsync());

describe('every error class of the sources’ libraries', () => {
  test.each([
    ['ovis-client', ovisClient],
    ['object-store', objectStore],
    ['battery-db', batteryDb],
  ])('of %s is provoked with canaries', (_, library) => {
    const seen = new Set(
      thrown
        .filter((error) =>
          Object.values(library).some((value) => typeof value === 'function' && error instanceof value),
        )
        .map((error) => (error as Error).constructor.name),
    );
    expect(errorClasses(library).filter((name) => !seen.has(name))).toEqual([]);
  });

  test('has none in its message, its fields and its causes', () => {
    expect(thrown.length).toBeGreaterThan(60);
    const texts = thrown.map((error) => `${String(error)} ${inspect(error, { depth: 20, showHidden: true })}`);
    expect(texts.filter(holdsCanary)).toEqual([]);
  });
});
