import type * as http from 'node:http';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { Client } from 'minio';
import { describe, expect, test } from 'vitest';
import { compareKeys, folderObjects, MemoryObjects, type ObjectProvider, startObjectServer } from './index.ts';
import { listObjects } from './list-objects.ts';
import { bytesOf, clientOf, namesOf } from './testing/client.ts';

const HOSTILE = ['a b', 'a+b', 'a%2Fb', 'ä/ö', 'q\'"<&>', 'x/../y', '😀', '\uffee', 'n\nl', 'tail '];

describe('a bucket in memory', () => {
  test('is made, filled, listed, read and emptied by the client library of MinIO', async () => {
    await using server = await startObjectServer({ buckets: {} });
    const client = clientOf(server);
    expect(await client.bucketExists('results')).toBe(false);
    await client.makeBucket('results');
    expect(await client.bucketExists('results')).toBe(true);
    const { etag } = await client.putObject('results', 'a/1', 'one');
    await client.putObject('results', 'b/2', Buffer.from([0, 255]));
    expect(await bytesOf(await client.getObject('results', 'b/2'))).toEqual(Buffer.from([0, 255]));
    expect(await client.statObject('results', 'a/1')).toMatchObject({ size: 3, etag });
    expect((await client.putObject('results', 'a/1', 'two')).etag).not.toBe(etag);
    expect(await namesOf(client, 'results', '', false)).toEqual(['a/', 'b/']);
    await client.removeObject('results', 'a/1');
    expect(await namesOf(client, 'results')).toEqual(['b/2']);
    await expect(client.getObject('results', 'a/1')).rejects.toMatchObject({ code: 'NoSuchKey' });
    await expect(client.getObject('nothing', 'a/1')).rejects.toMatchObject({ code: 'NoSuchBucket' });
  });

  test('keeps keys of every kind', async () => {
    await using server = await startObjectServer({ buckets: { results: new MemoryObjects() } });
    const client = clientOf(server);
    for (const key of HOSTILE) await client.putObject('results', key, key);
    expect(await namesOf(client, 'results')).toEqual(HOSTILE.toSorted(compareKeys));
    for (const key of HOSTILE) {
      expect((await bytesOf(await client.getObject('results', key))).toString()).toBe(key);
    }
  });

  test('gives parts of an object, and none that has changed', async () => {
    await using server = await startObjectServer({ buckets: { results: new MemoryObjects({ k: '0123456789' }) } });
    const client = clientOf(server);
    expect((await bytesOf(await client.getPartialObject('results', 'k', 2, 3))).toString()).toBe('234');
    expect((await bytesOf(await client.getPartialObject('results', 'k', 7))).toString()).toBe('789');
    await expect(client.getPartialObject('results', 'k', 10)).rejects.toMatchObject({ code: 'InvalidRange' });
    const get = (etag: string): Promise<unknown> =>
      client.makeRequestAsync({ method: 'GET', bucketName: 'results', objectName: 'k', headers: { 'if-match': etag } });
    await expect(get('"other"')).rejects.toMatchObject({ code: 'PreconditionFailed' });
    await expect(get('"781e5e245d69b566979b86e28d23f2c7"')).resolves.toMatchObject({ statusCode: 200 });
  });
});

describe('a listing', () => {
  test('comes in pages of a thousand', async () => {
    const keys = Array.from({ length: 2500 }, (_, n) => `k/${String(n).padStart(5, '0')}`);
    const bucket = new MemoryObjects(Object.fromEntries(keys.map((key) => [key, ''])));
    await using server = await startObjectServer({ buckets: { results: bucket } });
    expect(await namesOf(clientOf(server), 'results')).toEqual(keys);
    expect(server.requests).toHaveLength(3);
  });

  test('is what brute force cuts out, for any keys, prefix, delimiter and page size', async () => {
    const key = fc.string({ unit: fc.constantFrom('a', 'b', '/', 'é', '😀'), minLength: 1, maxLength: 5 });
    const cases = fc.record({
      keys: fc.uniqueArray(key, { maxLength: 30 }),
      prefix: fc.constantFrom('', 'a', 'a/', 'b/a'),
      delimiter: fc.constantFrom('', '/'),
      maxKeys: fc.integer({ min: 1, max: 7 }),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ keys, prefix, delimiter, maxKeys }) => {
        const bucket = new MemoryObjects(Object.fromEntries(keys.map((name) => [name, ''])));
        const seen: string[] = [];
        for (let continuationToken: string | null = null; ;) {
          const query = { prefix, delimiter, maxKeys, startAfter: '', continuationToken, urlEncoding: false };
          const page = await listObjects(bucket, query);
          expect(page.objects.length + page.commonPrefixes.length).toBeLessThanOrEqual(maxKeys);
          seen.push(...page.objects.map((object) => object.key), ...page.commonPrefixes);
          continuationToken = page.nextToken;
          if (continuationToken === null) break;
        }
        const cut = (name: string): string => {
          const end = delimiter === '' ? -1 : name.indexOf(delimiter, prefix.length);
          return end === -1 ? name : name.slice(0, end + 1);
        };
        const expected = new Set(keys.filter((name) => name.startsWith(prefix)).map(cut));
        expect(seen.toSorted()).toEqual([...expected].toSorted());
      }),
      { examples: [[{ keys: ['a/', 'a/a', 'a/b/c'], prefix: 'a/', delimiter: '/', maxKeys: 1 }]] },
    );
  });
});

describe('a signature', () => {
  test.each([
    ['another secret', { secretKey: 'wrong-secret' }, 'SignatureDoesNotMatch'],
    ['an unknown access key', { accessKey: 'nobody' }, 'InvalidAccessKeyId'],
    ['another region', { region: 'eu-west-7' }, 'AuthorizationHeaderMalformed'],
  ])('of %s is refused', async (_, other, code) => {
    await using server = await startObjectServer({ buckets: { results: new MemoryObjects() } });
    await expect(clientOf(server, other).putObject('results', 'k', 'v')).rejects.toMatchObject({ code });
    expect(server.requests).toEqual([]);
  });

  test('is needed', async () => {
    await using server = await startObjectServer({ buckets: { results: new MemoryObjects({ k: 'v' }) } });
    const response = await fetch(`${server.endpoint}/results/k`);
    expect([response.status, await response.text()]).toEqual([
      403,
      expect.stringContaining('<Code>AccessDenied</Code>'),
    ]);
  });

  test('of an hour ago is refused', async () => {
    const now = (): Date => new Date(Date.now() + 3_600_000);
    await using server = await startObjectServer({ buckets: { results: new MemoryObjects() }, now });
    await expect(namesOf(clientOf(server), 'results')).rejects.toMatchObject({ code: 'RequestTimeTooSkewed' });
  });

  test('does not cover another request', async () => {
    await using server = await startObjectServer({ buckets: { results: new MemoryObjects({ k: 'v', l: 'w' }) } });
    const signed = await new Promise<{ path: string; headers: Record<string, string> }>((resolve) => {
      const { hostname, port } = new URL(server.endpoint);
      const transport = {
        request: (options: { path: string; headers: Record<string, string> }) => {
          resolve(options);
          return { on: () => undefined, end: () => undefined };
        },
      };
      const spy = new Client({
        endPoint: hostname,
        port: Number(port),
        useSSL: false,
        accessKey: server.accessKey,
        secretKey: server.secretKey,
        region: server.region,
        // The smallest thing that can be asked for a request.
        transport: transport as unknown as typeof http,
      });
      void spy.getObject('results', 'k');
    });
    const send = (path: string, headers: Record<string, string>): Promise<Response> =>
      fetch(`${server.endpoint}${path}`, { headers });
    const { host: _, ...headers } = signed.headers;
    expect((await send('/results/k', headers)).status).toBe(200);
    expect((await send('/results/l', headers)).status).toBe(403);
    expect((await send('/results/k?versionId=1', headers)).status).toBe(403);
    expect((await send('/results/k', { ...headers, 'x-amz-meta-a': 'b' })).status).toBe(403);
  });
});

describe('faults', () => {
  test('happen where and as often as they were asked for', async () => {
    await using server = await startObjectServer({
      buckets: { results: new MemoryObjects({ k: '0123456789', l: 'x' }) },
    });
    const client = clientOf(server);
    server.fail({ operation: 'get', key: 'k', with: { kind: 'status', status: 400, code: 'Odd' } });
    await expect(client.getObject('results', 'k')).rejects.toMatchObject({ code: 'Odd' });
    server.fail({ operation: 'get', key: 'k', after: 1, with: { kind: 'cut', bytes: 4 } });
    expect((await bytesOf(await client.getObject('results', 'k'))).toString()).toBe('0123456789');
    const stream = await client.getObject('results', 'k');
    await expect(bytesOf(stream)).rejects.toMatchObject({ code: 'ECONNRESET' });
    server.fail({ operation: 'list', with: { kind: 'etag', etag: 'old' } });
    const [listed] = await (
      client.listObjectsV2('results') as AsyncIterable<{ etag: string }> & { toArray(): Promise<{ etag: string }[]> }
    ).toArray();
    expect(listed?.etag).toBe('old');
    expect(await client.statObject('results', 'k')).not.toMatchObject({ etag: 'old' });
  });
});

describe('a computed bucket', () => {
  test('sends an object of a gigabyte in flat memory, as fast as the client reads', async () => {
    const size = 1024 ** 3;
    let read = 0;
    const computed: ObjectProvider = {
      *list() {
        yield { key: 'big', size, etag: 'e', lastModified: new Date(0) };
      },
      open: (key) => ({
        key,
        size,
        etag: 'e',
        lastModified: new Date(0),
        *read(start, end) {
          const piece = Buffer.alloc(256 * 1024, 'x');
          for (let at = start; at < end; at += piece.length) {
            read += piece.length;
            yield piece.subarray(0, Math.min(piece.length, end - at));
          }
        },
      }),
    };
    await using server = await startObjectServer({ buckets: { results: computed } });
    const stream = await clientOf(server).getObject('results', 'big');
    const iterator = stream[Symbol.asyncIterator]();
    await iterator.next();
    await new Promise((resolve) => setTimeout(resolve, 200));
    // What both ends of the connection keep, and no more.
    expect(read).toBeLessThan(16 * 1024 * 1024);
    const before = process.memoryUsage().rss;
    let bytes = 64 * 1024;
    let peak = 0;
    for (let step = await iterator.next(); step.done !== true; step = await iterator.next()) {
      bytes += (step.value as Buffer).length;
      peak = Math.max(peak, process.memoryUsage.rss());
    }
    expect(bytes).toBeGreaterThan(size - 1024 * 1024);
    expect(peak - before).toBeLessThan(150 * 1024 * 1024);
  });

  test('takes no objects', async () => {
    const empty: ObjectProvider = { list: () => [], open: () => null };
    await using server = await startObjectServer({ buckets: { results: empty } });
    await expect(clientOf(server).putObject('results', 'k', 'v')).rejects.toMatchObject({ code: 'AccessDenied' });
  });
});

describe('a folder as a bucket', () => {
  test('shows its files, and nothing outside', async () => {
    const root = await mkdtemp(join(tmpdir(), 'object-server-'));
    try {
      await mkdir(join(root, 'in', 'a'), { recursive: true });
      await writeFile(join(root, 'in', 'a', 'x.jsonl'), '{"a":1}\n');
      await writeFile(join(root, 'outside'), 'secret');
      await using server = await startObjectServer({ buckets: { results: folderObjects(join(root, 'in')) } });
      const client = clientOf(server);
      expect(await namesOf(client, 'results')).toEqual(['a/x.jsonl']);
      const before = (await client.statObject('results', 'a/x.jsonl')).etag;
      expect((await bytesOf(await client.getPartialObject('results', 'a/x.jsonl', 1, 3))).toString()).toBe('"a"');
      await expect(client.getObject('results', '../outside')).rejects.toMatchObject({ code: 'NoSuchKey' });
      await writeFile(join(root, 'in', 'a', 'x.jsonl'), '{"a":22}\n');
      expect((await client.statObject('results', 'a/x.jsonl')).etag).not.toBe(before);
    } finally {
      await rm(root, { recursive: true });
    }
  });
});
