import { startObjectServer, type ObjectProvider } from '@ovis/object-server';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CANARY, HostileBucket } from '../test/hostile-bucket.ts';
import { allOf, foldersOf } from '../test/results.ts';

let hostile: HostileBucket;
beforeEach(async () => {
  hostile = await HostileBucket.start();
});
afterEach(async () => {
  await hostile[Symbol.asyncDispose]();
});

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
    const { store, told } = hostile.storeOf({ headersTimeoutMs: 200, bodyTimeoutMs: 200 });
    hostile.server.fail({ operation: 'list', times: 2, with: fault });
    expect(await foldersOf(store)).toHaveLength(1);
    expect(told).toMatchObject({ requests: 3, retries: [errorClass, errorClass] });
    hostile.server.fail({ operation: 'list', times: Infinity, with: fault });
    expect(await hostile.failure(foldersOf(store))).toMatchObject({
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
    const { store, told } = hostile.storeOf();
    hostile.server.fail({ operation: 'list', with: fault });
    expect(await hostile.failure(foldersOf(store))).toMatchObject({ errorClass, retryability: 'terminal' });
    expect(told.requests).toBe(1);
  });

  test('says that a clock is wrong', async () => {
    const skewed = await startObjectServer({ buckets: {}, now: () => new Date(Date.now() - 3_600_000) });
    try {
      const { store } = hostile.storeOf({}, skewed.endpoint);
      expect(await hostile.failure(foldersOf(store))).toMatchObject({
        errorClass: 'clock_skew',
        retryability: 'transient',
      });
    } finally {
      await skewed.close();
    }
  });

  test('waits as long as Retry-After asks, up to the cap', async () => {
    const { store } = hostile.storeOf({ maxRetryAfterMs: 300 });
    hostile.server.fail({ operation: 'list', with: { kind: 'status', headers: { 'retry-after': '999999999' } } });
    const begin = performance.now();
    expect(await foldersOf(store)).toHaveLength(1);
    expect(performance.now() - begin).toBeGreaterThan(290);
    expect(performance.now() - begin).toBeLessThan(2000);
  });

  test('of a server that gives the same page for ever is ended', async () => {
    const { store } = hostile.storeOf();
    const page = pageOf(['a/2026-01-01/_SUCCESS'], 'token');
    hostile.server.fail({ operation: 'list', times: Infinity, with: { kind: 'body', body: page } });
    expect(await hostile.failure(foldersOf(store))).toMatchObject({ errorClass: 'endless_listing', pages: 1 });
  });

  test('of empty pages that never end is ended', async () => {
    const { store } = hostile.storeOf({ maxListingPages: 20 });
    hostile.server.fail({ operation: 'list', times: Infinity, with: { kind: 'body', body: pageOf([], 'token') } });
    expect(await hostile.failure(foldersOf(store))).toMatchObject({ errorClass: 'endless_listing', pages: 20 });
  });

  test('without a token for its next page is not taken for whole', async () => {
    const { store } = hostile.storeOf();
    hostile.server.fail({ operation: 'list', times: Infinity, with: { kind: 'body', body: pageOf(['a'], '') } });
    expect(await hostile.failure(foldersOf(store))).toMatchObject({ errorClass: 'invalid_listing' });
  });

  test('of more bytes than allowed is refused', async () => {
    const { store } = hostile.storeOf({ maxListingPageBytes: 5000 });
    hostile.server.fail({ operation: 'list', with: { kind: 'body', body: 'x'.repeat(100_000) } });
    expect(await hostile.failure(foldersOf(store))).toMatchObject({
      errorClass: 'listing_too_large',
      retryability: 'terminal',
    });
  });

  test('passes over keys that cannot be decoded, and goes on', async () => {
    const { store } = hostile.storeOf();
    const keys = [`100%${CANARY}`, 'a/2026-01-01/_SUCCESS', '%ff'];
    hostile.server.fail({ operation: 'list', with: { kind: 'body', body: pageOf(keys, null) } });
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
      const { store, told } = hostile.storeOf({}, years.endpoint);
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

function pageOf(keys: readonly string[], token: string | null): string {
  const contents = keys.map((key) => `<Contents><Key>${key}</Key><ETag>"e"</ETag><Size>1</Size></Contents>`).join('');
  const next = token === null ? '' : `<NextContinuationToken>${token}</NextContinuationToken>`;
  return `<?xml version="1.0"?><ListBucketResult>${next}<IsTruncated>${String(token !== null)}</IsTruncated>${contents}</ListBucketResult>`;
}

function halfListing(): string {
  return pageOf(['a/2026-01-01/_SUCCESS', 'b/2026-01-01/_SUCCESS'], null).slice(0, -60);
}
