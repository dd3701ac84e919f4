import { createHash, randomBytes } from 'node:crypto';
import { Client } from 'minio';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isSameFolder, S3ObjectStore, type ObjectStore, type ObjectStoreSettings } from '../src/index.ts';
import { allOf, foldersOf, groupsOf, gz, onlyPart, resultLines, resultOf, valuesOf } from './results.ts';

/** An S3 server to hold the store against. */
export interface SuiteServer extends AsyncDisposable {
  readonly endpoint: string;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly region: string;
}

const DAY = 'voltage-knee/2026-11-22';

/**
 * What must hold of the store against every S3 server: the one of this repository, and a real MinIO.
 *
 * @param start null to leave it out.
 */
export function bucketSuite(name: string, start: (() => Promise<SuiteServer>) | null): void {
  describe.skipIf(start === null)(`against ${name}`, () => {
    let server: SuiteServer;
    let client: Client;
    beforeAll(async () => {
      if (start === null) return;
      server = await start();
      const { hostname, port } = new URL(server.endpoint);
      const { accessKey, secretKey, region } = server;
      client = new Client({ endPoint: hostname, port: Number(port), useSSL: false, accessKey, secretKey, region });
    });
    afterAll(async () => {
      await server[Symbol.asyncDispose]();
    });

    const settingsOf = (bucket: string, other: Partial<ObjectStoreSettings> = {}): ObjectStoreSettings => ({
      endpoint: server.endpoint,
      region: server.region,
      accessKey: server.accessKey,
      secretKey: server.secretKey,
      bucket,
      ...other,
    });
    /** A bucket with these objects, and a store that reads it. */
    const bucketWith = async (objects: Record<string, string | Uint8Array>): Promise<[string, ObjectStore]> => {
      const bucket = `results-${randomBytes(6).toString('hex')}`;
      await client.makeBucket(bucket);
      const entries = Object.entries(objects);
      for (let at = 0; at < entries.length; at += 50) {
        const some = entries.slice(at, at + 50);
        await Promise.all(some.map(([key, content]) => client.putObject(bucket, key, Buffer.from(content))));
      }
      return [bucket, new S3ObjectStore({ settings: settingsOf(bucket), retryBaseDelayMs: 1 })];
    };

    test('lists complete folders with their parts, and counts the rest', async () => {
      const [, store] = await bucketWith({
        [`${DAY}/part-00000.jsonl.gz`]: gz(resultLines(0, 3)),
        [`${DAY}/part-00001.jsonl`]: resultLines(3, 2),
        [`${DAY}/_SUCCESS`]: '',
        [`${DAY}/notes.txt`]: 'x',
        'voltage-knee/2026-11-23/part-00000.jsonl': resultLines(0, 1),
        'coulomb-count/2026-02-29/_SUCCESS': '',
        'coulomb-count/2026-11-22/_SUCCESS': '',
        'ä b+c%2F<&>/2026-11-22/_SUCCESS': '',
        'pii-canary-owner': 'x',
      });
      await using _ = store;
      const listing = store.listFolders();
      const folders = await allOf(listing);
      expect(folders.map(({ algorithm, folderDate, parts }) => [algorithm, folderDate, parts.length])).toEqual([
        ['coulomb-count', '2026-11-22', 0],
        ['voltage-knee', '2026-11-22', 2],
      ]);
      expect(folders[1]?.parts.map(({ key, partNumber, compression }) => [key, partNumber, compression])).toEqual([
        [`${DAY}/part-00000.jsonl.gz`, 0, 'gzip'],
        [`${DAY}/part-00001.jsonl`, 1, 'none'],
      ]);
      const md5 = createHash('md5').update(resultLines(3, 2)).digest('hex');
      expect(folders[1]?.parts[1]).toMatchObject({ size: resultLines(3, 2).length, etag: md5 });
      expect(listing.counts).toEqual({
        pages: 1,
        objects: 9,
        ignoredObjects: 4,
        completeFolders: 2,
        incompleteFolders: 1,
      });
    });

    test('pages through a listing of more than a thousand keys', async () => {
      const keys = Array.from({ length: 1100 }, (_, n) => `a-${String(n).padStart(4, '0')}/2026-01-01/_SUCCESS`);
      const [, store] = await bucketWith(Object.fromEntries(keys.map((key) => [key, ''])));
      await using _ = store;
      const listing = store.listFolders();
      const folders = await allOf(listing);
      expect(folders.map(({ algorithm }) => `${algorithm}/2026-01-01/_SUCCESS`)).toEqual(keys);
      expect(listing.counts.pages).toBe(2);
    });

    test.each(['.jsonl', '.jsonl.gz'])('reads the lines of a part %s, from anywhere', async (ending) => {
      const text = resultLines(0, 2500);
      const content = ending === '.jsonl' ? text : gz(text);
      const [, store] = await bucketWith({ [`${DAY}/part-00000${ending}`]: content, [`${DAY}/_SUCCESS`]: '' });
      await using _ = store;
      const part = await onlyPart(store);
      const groups = await groupsOf(store, part, { maxGroupLines: 1000 });
      expect(groups.map(({ firstLine, lastLine }) => [firstLine, lastLine])).toEqual([
        [1, 1000],
        [1001, 2000],
        [2001, 2500],
      ]);
      expect(valuesOf(groups)).toEqual(Array.from({ length: 2500 }, (_value, n) => resultOf(n)));
      expect(groups.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(text.length);
      const rest = await groupsOf(store, part, { afterLine: 2000 });
      expect(rest.map(({ firstLine, lastLine }) => [firstLine, lastLine])).toEqual([[2001, 2500]]);
      expect(await groupsOf(store, part, { afterLine: 2500 })).toEqual([]);
    });

    test('does not read an object that was replaced or removed since it was listed', async () => {
      const key = `${DAY}/part-00000.jsonl`;
      const [bucket, store] = await bucketWith({ [key]: resultLines(0, 3), [`${DAY}/_SUCCESS`]: '' });
      await using _ = store;
      const [before] = await foldersOf(store);
      const part = await onlyPart(store);
      await client.putObject(bucket, key, resultLines(7, 3));
      await expect(groupsOf(store, part)).rejects.toMatchObject({
        name: 'ObjectChangedError',
        errorClass: 'object_changed',
        retryability: 'transient',
      });
      const after = await store.findFolder('voltage-knee', '2026-11-22');
      expect(before && after && isSameFolder(before, after)).toBe(false);
      expect(after && isSameFolder(after, after)).toBe(true);
      await client.removeObject(bucket, key);
      await expect(groupsOf(store, part)).rejects.toMatchObject({ errorClass: 'missing_object' });
      await client.removeObject(bucket, `${DAY}/_SUCCESS`);
      expect(await store.findFolder('voltage-knee', '2026-11-22')).toBeNull();
    });

    test('tells wrong keys, a missing bucket and another region apart', async () => {
      const [bucket] = await bucketWith({});
      const failure = async (other: Partial<ObjectStoreSettings>): Promise<unknown> => {
        await using store = new S3ObjectStore({ settings: settingsOf(bucket, other), retryBaseDelayMs: 1 });
        return await foldersOf(store).catch((error: unknown) => error);
      };
      const expected = { retryability: 'terminal' };
      expect(await failure({ secretKey: 'hidden-canary' })).toMatchObject({
        errorClass: 'wrong_credentials',
        ...expected,
      });
      expect(await failure({ accessKey: 'hidden-canary' })).toMatchObject({
        errorClass: 'wrong_credentials',
        ...expected,
      });
      expect(await failure({ bucket: 'no-such-bucket' })).toMatchObject({ errorClass: 'missing_bucket', ...expected });
      expect(await failure({ region: 'eu-west-7' })).toMatchObject({ errorClass: 'wrong_region', ...expected });
      for (const other of [{ secretKey: 'hidden-canary' }, { accessKey: 'hidden-canary' }]) {
        expect(String(await failure(other))).toContain('correct S3_ACCESS_KEY and S3_SECRET_KEY');
        expect(JSON.stringify(Object.entries((await failure(other)) as object))).not.toContain('hidden-canary');
      }
    });
  });
}
