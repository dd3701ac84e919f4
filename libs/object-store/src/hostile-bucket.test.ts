import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { MemoryObjects, startObjectServer, type ObjectProvider, type ObjectServer } from '@ovis/object-server';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { allOf, foldersOf, groupsOf, gz, onlyPart, resultLines, resultOf, valuesOf } from '../test/results.ts';
import { S3ObjectStore, type ObjectStoreEvents, type S3ObjectStoreOptions } from './index.ts';

const DAY = 'voltage-knee/2026-11-22';
const CANARY = 'pii-canary';

let server: ObjectServer;
let bucket: MemoryObjects;
const stores: S3ObjectStore[] = [];

beforeEach(async () => {
  bucket = new MemoryObjects({ [`${DAY}/_SUCCESS`]: '' });
  server = await startObjectServer({ buckets: { results: bucket } });
});
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
  await server.close();
});

/** Counts of what a store did. */
interface Told {
  readonly failures: string[];
  readonly retries: string[];
  requests: number;
  bytes: number;
}

function storeOf(options: Partial<S3ObjectStoreOptions> = {}): { store: S3ObjectStore; told: Told } {
  const told: Told = { failures: [], retries: [], requests: 0, bytes: 0 };
  const events: ObjectStoreEvents = {
    onRequest: () => told.requests++,
    onResponse: ({ bytes }) => (told.bytes += bytes),
    onFailure: ({ errorClass }) => told.failures.push(errorClass),
    onRetry: ({ errorClass }) => told.retries.push(errorClass),
  };
  const { accessKey, secretKey, region, endpoint } = server;
  const settings = { endpoint, accessKey, secretKey, region, bucket: 'results' };
  const store = new S3ObjectStore({ settings, retryBaseDelayMs: 1, retryMaxDelayMs: 5, events, ...options });
  stores.push(store);
  return { store, told };
}

/** What a promise is rejected with, and that it keeps secrets to itself. */
async function failure(promise: Promise<unknown>): Promise<unknown> {
  const error: unknown = await promise.then(
    () => new TypeError('nothing failed'),
    (reason: unknown) => reason,
  );
  const shown = inspect(error, { depth: 10, showHidden: true });
  for (const secret of [server.secretKey, CANARY, 'Signature=', 'AWS4']) expect(shown).not.toContain(secret);
  return error;
}

describe('a listing', () => {
  test.each([
    ['is asked for again after 503 SlowDown', { kind: 'status' }, 'http_503'],
    ['is asked for again after 500', { kind: 'status', status: 500, code: 'InternalError' }, 'http_500'],
    ['is asked for again when it is cut', { kind: 'cut', bytes: 200 }, 'truncated_body'],
    ['is asked for again when it stalls', { kind: 'stall', bytes: 200 }, 'timeout'],
    ['is asked for again when nothing is answered', { kind: 'hang' }, 'timeout'],
    ['is asked for again when it trickles', { kind: 'trickle', bytes: 1, everyMs: 20 }, 'timeout'],
    ['is asked for again after HTML', { kind: 'body', body: `<html>${CANARY}</html>` }, 'invalid_listing'],
    ['is asked for again after no XML', { kind: 'body', body: `{"${CANARY}":1}` }, 'invalid_listing'],
    ['is asked for again after half a document', { kind: 'body', body: halfListing() }, 'invalid_listing'],
    ['is asked for again after an empty body', { kind: 'body', body: '' }, 'invalid_listing'],
  ] as const)('%s', async (_, fault, errorClass) => {
    const { store, told } = storeOf({ headersTimeoutMs: 200, bodyTimeoutMs: 200 });
    server.fail({ operation: 'list', times: 2, with: fault });
    expect(await foldersOf(store)).toHaveLength(1);
    expect(told).toMatchObject({ requests: 3, retries: [errorClass, errorClass] });
    server.fail({ operation: 'list', times: Infinity, with: fault });
    expect(await failure(foldersOf(store))).toMatchObject({
      errorClass,
      retryability: 'transient',
      bucket: 'results',
      operation: 'list',
      attempt: 5,
    });
    expect(told.requests).toBe(8);
  });

  test.each([
    ['a redirect', { kind: 'status', status: 301, headers: { location: 'http://127.0.0.1:1/' } }, 'redirect'],
    ['a temporary redirect', { kind: 'status', status: 307, headers: { location: 'http://127.0.0.1:1/' } }, 'redirect'],
    ['a refusal', { kind: 'status', status: 403, code: 'AccessDenied' }, 'access_denied'],
    ['401', { kind: 'status', status: 401, code: 'Nothing' }, 'wrong_credentials'],
    ['another status', { kind: 'status', status: 418, code: CANARY }, 'http_418'],
  ] as const)('ends at once after %s', async (_, fault, errorClass) => {
    const { store, told } = storeOf();
    server.fail({ operation: 'list', with: fault });
    expect(await failure(foldersOf(store))).toMatchObject({ errorClass, retryability: 'terminal' });
    expect(told.requests).toBe(1);
  });

  test('says that a clock is wrong', async () => {
    const skewed = await startObjectServer({ buckets: {}, now: () => new Date(Date.now() - 3_600_000) });
    try {
      const { store } = storeOf({ settings: { ...server, endpoint: skewed.endpoint, bucket: 'results' } });
      expect(await failure(foldersOf(store))).toMatchObject({ errorClass: 'clock_skew', retryability: 'transient' });
    } finally {
      await skewed.close();
    }
  });

  test('waits as long as Retry-After asks, up to the cap', async () => {
    const { store } = storeOf({ maxRetryAfterMs: 300 });
    server.fail({ operation: 'list', with: { kind: 'status', headers: { 'retry-after': '999999999' } } });
    const begin = performance.now();
    expect(await foldersOf(store)).toHaveLength(1);
    expect(performance.now() - begin).toBeGreaterThan(290);
    expect(performance.now() - begin).toBeLessThan(2000);
  });

  test('of a server that gives the same page for ever is ended', async () => {
    const { store } = storeOf();
    const page = pageOf(['a/2026-01-01/_SUCCESS'], 'token');
    server.fail({ operation: 'list', times: Infinity, with: { kind: 'body', body: page } });
    expect(await failure(foldersOf(store))).toMatchObject({ errorClass: 'endless_listing', pages: 1 });
  });

  test('of empty pages that never end is ended', async () => {
    const { store } = storeOf({ maxListingPages: 20 });
    server.fail({ operation: 'list', times: Infinity, with: { kind: 'body', body: pageOf([], 'token') } });
    expect(await failure(foldersOf(store))).toMatchObject({ errorClass: 'endless_listing', pages: 20 });
  });

  test('without a token for its next page is not taken for whole', async () => {
    const { store } = storeOf();
    server.fail({ operation: 'list', times: Infinity, with: { kind: 'body', body: pageOf(['a'], '') } });
    expect(await failure(foldersOf(store))).toMatchObject({ errorClass: 'invalid_listing' });
  });

  test('of more bytes than allowed is refused', async () => {
    const { store } = storeOf({ maxListingPageBytes: 5000 });
    server.fail({ operation: 'list', with: { kind: 'body', body: 'x'.repeat(100_000) } });
    expect(await failure(foldersOf(store))).toMatchObject({
      errorClass: 'listing_too_large',
      retryability: 'terminal',
    });
  });

  test('passes over keys that cannot be decoded, and goes on', async () => {
    const { store } = storeOf();
    const keys = [`100%${CANARY}`, 'a/2026-01-01/_SUCCESS', '%ff'];
    server.fail({ operation: 'list', with: { kind: 'body', body: pageOf(keys, null) } });
    const listing = store.listFolders();
    expect((await allOf(listing)).map(({ algorithm }) => algorithm)).toEqual(['a']);
    expect(listing.counts).toMatchObject({ objects: 3, ignoredObjects: 2 });
  });

  test('of years of folders holds one page at a time', async () => {
    const days = 20_000;
    const keysOf = (day: number): string => `a/${new Date(day * 86_400_000).toISOString().slice(0, 10)}`;
    const provider: ObjectProvider = {
      *list(prefix, startAfter) {
        const from = startAfter === '' ? 0 : Math.floor(Date.parse(startAfter.slice(2, 12)) / 86_400_000);
        for (let day = from; day < days; day++) {
          for (const name of ['_SUCCESS', 'part-00000.jsonl']) {
            const key = `${keysOf(day)}/${name}`;
            if (key > startAfter && key.startsWith(prefix))
              yield { key, size: 1, etag: 'e', lastModified: new Date(0) };
          }
        }
      },
      open: () => null,
    };
    const years = await startObjectServer({ buckets: { results: provider } });
    try {
      const { store, told } = storeOf({ settings: { ...server, endpoint: years.endpoint, bucket: 'results' } });
      let folders = 0;
      for await (const folder of store.listFolders()) {
        folders++;
        expect(folder.parts).toHaveLength(1);
        expect(told.requests).toBe(Math.min(40, Math.floor(folders / 500) + 1));
      }
      expect([folders, told.requests]).toEqual([days, 40]);
    } finally {
      await years.close();
    }
  });
});

describe('a part', () => {
  const text = resultLines(0, 20_000);
  const all = Array.from({ length: 20_000 }, (_, n) => resultOf(n));

  test.each(['.jsonl', '.jsonl.gz'])(
    '%s is read to its end over connections that are cut again and again',
    async (ending) => {
      const content = ending === '.jsonl' ? Buffer.from(text) : gz(text);
      bucket.put(`${DAY}/part-00000${ending}`, content);
      const { store, told } = storeOf();
      const part = await onlyPart(store);
      server.fail({ operation: 'get', times: 3, with: { kind: 'cut', bytes: Math.floor(content.length / 5) } });
      expect(valuesOf(await groupsOf(store, part))).toEqual(all);
      const reads = server.requests.filter(({ operation }) => operation === 'get');
      expect(reads.map(({ range }) => /^bytes=\d+-$/.test(range ?? ''))).toEqual([false, true, true, true]);
      expect(new Set(reads.map(({ range }) => range)).size).toBe(4);
      expect(told.retries).toHaveLength(3);
    },
  );

  test.each([
    ['hangs', { kind: 'hang' }, 'timeout'],
    ['stalls', { kind: 'stall', bytes: 1000 }, 'timeout'],
    ['trickles', { kind: 'trickle', bytes: 10, everyMs: 10 }, 'timeout'],
    ['is cut before its first byte', { kind: 'cut' }, 'truncated_body'],
    ['is answered with 503', { kind: 'status' }, 'http_503'],
  ] as const)('that %s for ever fails, after whole groups', async (_, fault, errorClass) => {
    bucket.put(`${DAY}/part-00000.jsonl`, text);
    const { store } = storeOf({ headersTimeoutMs: 150, bodyTimeoutMs: 150, maxAttempts: 3 });
    const part = await onlyPart(store);
    server.fail({ operation: 'get', times: Infinity, with: fault });
    expect(await failure(groupsOf(store, part))).toMatchObject({
      errorClass,
      retryability: 'transient',
      key: `${DAY}/part-00000.jsonl`,
      attempt: 3,
    });
  });

  test('that fails half way is continued after the last line that was given', async () => {
    bucket.put(`${DAY}/part-00000.jsonl.gz`, gz(text));
    const { store } = storeOf({ maxAttempts: 1 });
    const part = await onlyPart(store);
    server.fail({ operation: 'get', with: { kind: 'cut', bytes: 60_000 } });
    const seen: unknown[] = [];
    let afterLine = 0;
    const readOn = async (): Promise<void> => {
      for await (const group of store.readPart(part, { afterLine, maxGroupLines: 100 })) {
        seen.push(...group.lines.map(({ value }) => value));
        afterLine = group.lastLine;
      }
    };
    expect(await failure(readOn())).toMatchObject({ errorClass: 'truncated_body' });
    expect(afterLine).toBeGreaterThan(0);
    expect(afterLine).toBeLessThan(20_000);
    await readOn();
    expect(seen).toEqual(all);
  });

  test('that is replaced between two connections is not mixed with the old one', async () => {
    bucket.put(`${DAY}/part-00000.jsonl`, text);
    const { store } = storeOf();
    const part = await onlyPart(store);
    server.fail({ operation: 'get', with: { kind: 'cut', bytes: 100_000 } });
    server.fail({ operation: 'get', after: 1, with: { kind: 'etag', etag: 'new' } });
    expect(await failure(groupsOf(store, part))).toMatchObject({ errorClass: 'object_changed' });
  });

  test('of a server that does not look at If-Match is still known by its ETag', async () => {
    bucket.put(`${DAY}/part-00000.jsonl`, text);
    const { store } = storeOf();
    const part = await onlyPart(store);
    bucket.put(`${DAY}/part-00000.jsonl`, text.replaceAll('voltage', 'vintage'));
    server.fail({ operation: 'get', with: { kind: 'ignore-if-match' } });
    expect(await failure(groupsOf(store, part))).toMatchObject({ errorClass: 'object_changed' });
  });

  test('of a server that sends everything where the rest was asked for is refused', async () => {
    bucket.put(`${DAY}/part-00000.jsonl`, text);
    const { store } = storeOf();
    const part = await onlyPart(store);
    server.fail({ operation: 'get', with: { kind: 'cut', bytes: 100_000 } });
    server.fail({ operation: 'get', after: 1, with: { kind: 'ignore-range' } });
    expect(await failure(groupsOf(store, part))).toMatchObject({ errorClass: 'invalid_range' });
  });

  test.each([
    ['ends too early', (whole: Buffer) => whole.subarray(0, -100), 'truncated_gzip'],
    ['lacks its checksum', (whole: Buffer) => whole.subarray(0, -8), 'truncated_gzip'],
    ['is empty', () => Buffer.alloc(0), 'truncated_gzip'],
    ['is damaged in the middle', (whole: Buffer) => flip(whole, whole.length >> 1), 'corrupt_gzip'],
    ['has a wrong checksum', (whole: Buffer) => flip(whole, whole.length - 6), 'corrupt_gzip'],
    ['is no gzip', () => Buffer.from(`{"${CANARY}":1}\n`), 'corrupt_gzip'],
    ['has something behind it', (whole: Buffer) => Buffer.concat([whole, Buffer.from(CANARY)]), 'corrupt_gzip'],
  ])('whose gzip %s fails by name', async (_, damage, errorClass) => {
    bucket.put(`${DAY}/part-00000.jsonl.gz`, damage(Buffer.from(gz(text))));
    const { store } = storeOf();
    const part = await onlyPart(store);
    expect(await failure(groupsOf(store, part))).toMatchObject({
      errorClass,
      retryability: 'terminal',
      name: 'CorruptPartError',
    });
  });

  test('of several gzip members is one text', async () => {
    bucket.put(`${DAY}/part-00000.jsonl.gz`, Buffer.concat([gz(text.slice(0, 1234)), gz(text.slice(1234))]));
    const { store } = storeOf();
    expect(valuesOf(await groupsOf(store, await onlyPart(store)))).toEqual(all);
  });

  test('that decompresses to more than allowed is ended on the way', async () => {
    const bomb = gz('0'.repeat(64 * 1024 * 1024));
    bucket.put(`${DAY}/part-00000.jsonl.gz`, bomb);
    const { store } = storeOf({ maxDecodedBytes: 8 * 1024 * 1024 });
    const before = process.memoryUsage.rss();
    expect(await failure(groupsOf(store, await onlyPart(store)))).toMatchObject({
      errorClass: 'decoded_too_large',
      retryability: 'terminal',
    });
    expect(process.memoryUsage.rss() - before).toBeLessThan(64 * 1024 * 1024);
  });

  test('that is larger than allowed is not asked for', async () => {
    bucket.put(`${DAY}/part-00000.jsonl`, text);
    const { store } = storeOf({ maxPartBytes: 1000 });
    expect(await failure(groupsOf(store, await onlyPart(store)))).toMatchObject({ errorClass: 'part_too_large' });
    expect(server.requests.filter(({ operation }) => operation === 'get')).toEqual([]);
  });

  test('whose lines hold personal data names only their numbers', async () => {
    bucket.put(`${DAY}/part-00000.jsonl`, `{"a":1}\n{"owner":"${CANARY}"\n["${CANARY}"]\n`);
    const { store } = storeOf();
    const groups = await groupsOf(store, await onlyPart(store));
    expect(groups.flatMap(({ malformed }) => malformed)).toEqual([
      { line: 2, reason: 'invalid_json' },
      { line: 3, reason: 'not_an_object' },
    ]);
    expect(JSON.stringify(groups)).not.toContain(CANARY);
  });

  test('is read no faster than its lines are taken, and let go when nobody wants more', async () => {
    const piece = Buffer.from(resultLines(0, 1000));
    let sent = 0;
    const size = piece.length * 1000;
    const provider: ObjectProvider = {
      *list() {
        yield { key: `${DAY}/_SUCCESS`, size: 0, etag: 'e', lastModified: new Date(0) };
        yield { key: `${DAY}/part-00000.jsonl`, size, etag: 'e', lastModified: new Date(0) };
      },
      open: (key) => ({
        key,
        size,
        etag: 'e',
        lastModified: new Date(0),
        *read() {
          for (; sent < size; sent += piece.length) yield piece;
        },
      }),
    };
    const large = await startObjectServer({ buckets: { results: provider } });
    try {
      const { store, told } = storeOf({ settings: { ...server, endpoint: large.endpoint, bucket: 'results' } });
      const part = await onlyPart(store);
      for await (const group of store.readPart(part)) {
        expect(group.lines.length).toBeGreaterThan(1000);
        await new Promise((resolve) => setTimeout(resolve, 300));
        break;
      }
      expect(sent).toBeLessThan(20 * 1024 * 1024);
      expect(told.requests).toBe(2);
      expect(told.failures).toEqual([]);
      // The connection is free again.
      expect(await foldersOf(store)).toHaveLength(1);
    } finally {
      await large.close();
    }
  });

  test('of two gigabytes is read in flat memory', async () => {
    // 4096 lines again and again, up to the contract's maximum.
    const piece = Buffer.from(resultLines(0, 4096));
    const times = Math.floor((2 * 1024 ** 3) / piece.length);
    const size = times * piece.length;
    const provider: ObjectProvider = {
      *list() {
        yield { key: `${DAY}/_SUCCESS`, size: 0, etag: 'e', lastModified: new Date(0) };
        yield { key: `${DAY}/part-00000.jsonl`, size, etag: 'e', lastModified: new Date(0) };
      },
      open: (key) => ({
        key,
        size,
        etag: 'e',
        lastModified: new Date(0),
        *read() {
          for (let n = 0; n < times; n++) yield piece;
        },
      }),
    };
    const large = await startObjectServer({ buckets: { results: provider } });
    try {
      const { store } = storeOf({ settings: { ...server, endpoint: large.endpoint, bucket: 'results' } });
      const part = await onlyPart(store);
      // The last lines only: skipping is as flat as reading, and this test is about memory.
      const wanted = 200_000;
      let lines = 0;
      let peak = 0;
      const before = process.memoryUsage.rss();
      for await (const group of store.readPart(part, { afterLine: times * 4096 - wanted })) {
        lines += group.lines.length;
        peak = Math.max(peak, process.memoryUsage.rss());
      }
      expect(lines).toBe(wanted);
      expect(peak - before).toBeLessThan(200 * 1024 * 1024);
    } finally {
      await large.close();
    }
  });
});

describe('a store', () => {
  test('ends at once when it is told to, with the reason', async () => {
    bucket.put(`${DAY}/part-00000.jsonl`, resultLines(0, 10));
    const { store } = storeOf();
    const part = await onlyPart(store);
    server.fail({ times: Infinity, with: { kind: 'hang' } });
    const reason = new Error('enough');
    const begin = performance.now();
    const ended = (): AbortSignal => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(reason), 30);
      return controller.signal;
    };
    await expect(groupsOf(store, part, { signal: ended() })).rejects.toBe(reason);
    await expect(allOf(store.listFolders({ signal: ended() }))).rejects.toBe(reason);
    await expect(store.findFolder('a', '2026-01-01', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const closing = failure(groupsOf(store, part));
    setTimeout(() => void store.close(), 30);
    expect(await closing).toMatchObject({ errorClass: 'store_closed' });
    expect(await failure(foldersOf(store))).toMatchObject({ errorClass: 'store_closed' });
    expect(performance.now() - begin).toBeLessThan(2000);
  });

  test('says that nothing answers, that a name is unknown, and that something else listens', async () => {
    const other = createServer((socket) => socket.end('SSH-2.0-OpenSSH\r\n'));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const settings = { ...server, bucket: 'results' };
    const at = (endpoint: string): Promise<unknown> => {
      const { store } = storeOf({ settings: { ...settings, endpoint }, maxAttempts: 2 });
      return failure(foldersOf(store));
    };
    try {
      expect(await at('http://127.0.0.1:1')).toMatchObject({ errorClass: 'network', code: 'ECONNREFUSED' });
      expect(await at('http://no-such-host.invalid')).toMatchObject({
        errorClass: 'network',
        retryability: 'transient',
      });
      expect(await at(`http://127.0.0.1:${portOf(other)}`)).toMatchObject({ errorClass: 'network' });
      expect(await at(`https://127.0.0.1:${server.port}`)).toMatchObject({
        errorClass: 'tls',
        retryability: 'terminal',
      });
    } finally {
      other.close();
    }
  });

  test('gives up a connection that is never made', async () => {
    const silent = createServer();
    // Takes connections and says nothing, so that TLS does not come about.
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const endpoint = `https://127.0.0.1:${portOf(silent)}`;
    const { store } = storeOf({
      settings: { ...server, endpoint, bucket: 'results' },
      connectTimeoutMs: 100,
      maxAttempts: 2,
    });
    try {
      expect(await failure(foldersOf(store))).toMatchObject({ errorClass: 'timeout', phase: 'connect', attempt: 2 });
      await store.close();
    } finally {
      silent.close();
    }
  });

  test('refuses options that cannot be used', async () => {
    expect(() => storeOf({ maxAttempts: 0 })).toThrow('option "maxAttempts" of the object store is 0');
    const { store } = storeOf();
    await expect(store.findFolder('../x', '2026-01-01')).rejects.toMatchObject({ option: 'algorithm' });
    await expect(store.findFolder('x', '2026-02-30')).rejects.toMatchObject({ option: 'folderDate' });
    bucket.put(`${DAY}/part-00000.jsonl`, '');
    const part = await onlyPart(store);
    expect(() => store.readPart(part, { afterLine: -1 })).toThrow('option "afterLine"');
  });
});

function portOf(listening: Server): number {
  return (listening.address() as AddressInfo).port;
}

function flip(content: Buffer, at: number): Buffer {
  const damaged = Buffer.from(content);
  damaged.writeUInt8(damaged.readUInt8(at) ^ 0xff, at);
  return damaged;
}

function pageOf(keys: readonly string[], token: string | null): string {
  const contents = keys.map((key) => `<Contents><Key>${key}</Key><ETag>"e"</ETag><Size>1</Size></Contents>`).join('');
  const next = token === null ? '' : `<NextContinuationToken>${token}</NextContinuationToken>`;
  return `<?xml version="1.0"?><ListBucketResult>${next}<IsTruncated>${String(token !== null)}</IsTruncated>${contents}</ListBucketResult>`;
}

function halfListing(): string {
  return pageOf(['a/2026-01-01/_SUCCESS', 'b/2026-01-01/_SUCCESS'], null).slice(0, -60);
}
