import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { compareKeys, type ObjectFacts, type ObjectProvider, type OpenObject } from '../provider.ts';

/**
 * A bucket that shows the files below a folder. A key is the path with forward slashes; the ETag is made from size and time of
 * change, so that no file is read for a listing. What is no regular file (a link among them) is not shown.
 */
export function folderObjects(root: string): ObjectProvider {
  return {
    async *list(prefix, startAfter) {
      for (const key of await keysBelow(root)) {
        if (!key.startsWith(prefix) || (startAfter !== '' && compareKeys(key, startAfter) <= 0)) continue;
        const facts = await factsOf(root, key);
        if (facts !== null) yield facts;
      }
    },
    async open(key): Promise<OpenObject | null> {
      // Only what the listing shows: so no `..` and no link leads out of the folder.
      const facts = (await keysBelow(root)).includes(key) ? await factsOf(root, key) : null;
      if (facts === null) return null;
      const path = join(root, key);
      return {
        ...facts,
        read: (start, end) => (start >= end ? [] : createReadStream(path, { start, end: end - 1 })),
      };
    },
  };
}

async function keysBelow(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(root, sep).length).split(sep).join('/'))
    .toSorted(compareKeys);
}

async function factsOf(root: string, key: string): Promise<ObjectFacts | null> {
  const facts = await stat(join(root, key), { bigint: true }).catch(() => null);
  if (facts === null || !facts.isFile()) return null;
  const etag = createHash('md5')
    .update(`${key}\n${String(facts.size)}\n${String(facts.mtimeNs)}`)
    .digest('hex');
  return { key, size: Number(facts.size), etag, lastModified: new Date(Number(facts.mtimeMs)) };
}
