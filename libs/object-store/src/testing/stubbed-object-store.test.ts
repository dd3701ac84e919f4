import { describe, expect, test } from 'vitest';
import { allOf, groupsOf, onlyPart, resultOf, valuesOf } from '../../test/results.ts';
import { isSameFolder, StoreClosedError } from '../index.ts';
import { StubbedObjectStore } from './stubbed-object-store.ts';

const DAY = '2026-11-22';

describe(StubbedObjectStore, () => {
  test('lists and reads what was put, as the real store does', async () => {
    await using store = new StubbedObjectStore();
    store.putFolder('voltage-knee', DAY, [[resultOf(1), '{"half":'], [resultOf(2)]]);
    store.putFolder('coulomb-count', DAY, [[resultOf(3)]], 'none');
    store.put('coulomb-count/2026-11-23/part-00000.jsonl', '{}\n');
    store.put('pii-canary', 'x');
    const listing = store.listFolders();
    const folders = await allOf(listing);
    expect(folders.flatMap(({ parts }) => parts.map(({ key }) => key))).toEqual([
      'coulomb-count/2026-11-22/part-00000.jsonl',
      'voltage-knee/2026-11-22/part-00000.jsonl.gz',
      'voltage-knee/2026-11-22/part-00001.jsonl.gz',
    ]);
    expect(listing.counts).toMatchObject({ completeFolders: 2, incompleteFolders: 1, ignoredObjects: 1 });
    const [, folder] = folders;
    const [part] = folder?.parts ?? [];
    if (folder === undefined || part === undefined) throw new TypeError('nothing is listed');
    const groups = await groupsOf(store, part);
    expect(groups).toMatchObject([{ firstLine: 1, lastLine: 2, malformed: [{ line: 2, reason: 'invalid_json' }] }]);
    expect(valuesOf(groups)).toEqual([resultOf(1)]);
    expect(await groupsOf(store, part, { afterLine: 2 })).toEqual([]);
    expect(store.calls.map(({ operation, afterLine }) => [operation, afterLine])).toEqual([
      ['list', 0],
      ['read', 0],
      ['read', 2],
    ]);

    store.putFolder('voltage-knee', DAY, [[resultOf(9)]]);
    const again = await store.findFolder('voltage-knee', DAY);
    expect(again && isSameFolder(folder, again)).toBe(false);
    await expect(groupsOf(store, part)).rejects.toMatchObject({ errorClass: 'object_changed' });
    store.delete(part.key);
    await expect(groupsOf(store, part)).rejects.toMatchObject({ errorClass: 'missing_object' });
  });

  test('fails as often and where it was told to', async () => {
    const failures: string[] = [];
    await using store = new StubbedObjectStore({
      maxGroupLines: 10,
      events: { onFailure: ({ errorClass }) => failures.push(errorClass) },
    });
    const values = Array.from({ length: 500 }, (_, n) => resultOf(n));
    store.putFolder('a', DAY, [values]);
    store.fail({ operation: 'list', with: new StoreClosedError() });
    await expect(onlyPart(store)).rejects.toMatchObject({ errorClass: 'store_closed' });
    const part = await onlyPart(store);
    store.fail({
      operation: 'read',
      key: part.key,
      afterBytes: Math.floor(part.size / 2),
      with: new StoreClosedError(),
    });
    const seen: unknown[] = [];
    let afterLine = 0;
    const readOn = async (): Promise<void> => {
      for await (const group of store.readPart(part, { afterLine })) {
        seen.push(...valuesOf([group]));
        afterLine = group.lastLine;
      }
    };
    await expect(readOn()).rejects.toMatchObject({ errorClass: 'store_closed' });
    expect(afterLine).toBeGreaterThan(0);
    await readOn();
    expect(seen).toEqual(values);
    expect(failures).toEqual(['store_closed', 'store_closed']);
    await store.close();
    await expect(onlyPart(store)).rejects.toMatchObject({ errorClass: 'store_closed' });
  });
});
