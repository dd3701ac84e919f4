import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { gatherFolders, noCounts, type EvaluationFolder, type ListedObject } from './evaluation-folder.ts';
import { parseResultKey } from './object-key.ts';

describe(parseResultKey, () => {
  test('reads the documented forms', () => {
    expect(parseResultKey('voltage-knee/2026-11-22/_SUCCESS')).toEqual({
      kind: 'success',
      algorithm: 'voltage-knee',
      folderDate: '2026-11-22',
    });
    expect(parseResultKey('A.1_b:c/2024-02-29/part-00017.jsonl.gz')).toEqual({
      kind: 'part',
      algorithm: 'A.1_b:c',
      folderDate: '2024-02-29',
      partNumber: 17,
      compression: 'gzip',
    });
  });

  test.each([
    'voltage-knee/2026-02-29/_SUCCESS',
    'voltage-knee/2026-13-01/_SUCCESS',
    'voltage-knee/2026-11-22/_SUCCESS\n',
    'voltage-knee/2026-11-22/_success',
    'voltage-knee/2026-11-22/part-1.jsonl',
    'voltage-knee/2026-11-22/part-00000.jsonl.gz.tmp',
    'voltage-knee/2026-11-22/part-00000.csv',
    'voltage-knee/2026-11-22/x/part-00000.jsonl',
    '../2026-11-22/_SUCCESS',
    '-a/2026-11-22/_SUCCESS',
    'a b/2026-11-22/_SUCCESS',
    'pii canary/2026-11-22/_SUCCESS',
    `${'a'.repeat(129)}/2026-11-22/_SUCCESS`,
    '/2026-11-22/_SUCCESS',
    'voltage-knee//_SUCCESS',
    'voltage-knee/٢٠٢٦-11-22/_SUCCESS',
    '__proto__/2026-11-22/_SUCCESS',
    '',
  ])('takes nothing else: %j', (key) => {
    expect(parseResultKey(key)).toBeNull();
  });
});

const key = fc.oneof(
  fc
    .tuple(fc.constantFrom('a', 'b', 'a-b'), fc.constantFrom('2026-01-01', '2026-01-02'), fc.nat(12))
    .map(
      ([algorithm, day, n]) => `${algorithm}/${day}/${n > 8 ? '_SUCCESS' : `part-0000${n}.jsonl${n % 2 ? '.gz' : ''}`}`,
    ),
  fc.string({ maxLength: 30 }),
);

describe(gatherFolders, () => {
  test('finds what brute force finds, wherever pages are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(key, { maxLength: 40 }),
        fc.integer({ min: 1, max: 9 }),
        async (keys, pageSize) => {
          const objects = keys
            .toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
            .map((name) => ({ key: name, etag: `e${name}`, size: name.length }));
          async function* pages(): AsyncGenerator<ListedObject[]> {
            for (let at = 0; at < objects.length; at += pageSize) yield objects.slice(at, at + pageSize);
          }
          const counts = noCounts();
          const found: EvaluationFolder[] = [];
          for await (const folder of gatherFolders(pages(), counts)) found.push(folder);

          const folderOf = (name: string): string => name.split('/').slice(0, 2).join('/');
          const wellFormed = keys.filter((name) => parseResultKey(name) !== null);
          const all = [...new Set(wellFormed.map(folderOf))];
          const complete = all.filter((folder) => keys.includes(`${folder}/_SUCCESS`));
          expect(found.map(({ algorithm, folderDate }) => `${algorithm}/${folderDate}`).toSorted()).toEqual(
            complete.toSorted(),
          );
          for (const { algorithm, folderDate, parts } of found) {
            const folder = `${algorithm}/${folderDate}`;
            const expected = wellFormed.filter((name) => folderOf(name) === folder && !name.endsWith('_SUCCESS'));
            expect(parts.map((part) => part.key)).toEqual(expected.toSorted());
          }
          expect(counts).toMatchObject({
            objects: keys.length,
            ignoredObjects: keys.length - wellFormed.length,
            completeFolders: complete.length,
            incompleteFolders: all.length - complete.length,
          });
        },
      ),
    );
  });
});
