import { createHash } from 'node:crypto';
import { compareKeys, type ObjectFacts, type OpenObject, type WritableObjectProvider } from '../provider.ts';

interface Stored extends ObjectFacts {
  readonly content: Uint8Array;
}

/** A bucket in memory. */
export class MemoryObjects implements WritableObjectProvider {
  readonly #objects = new Map<string, Stored>();
  #sortedKeys: readonly string[] | null = null;

  /** @param objects texts or bytes by key. */
  constructor(objects: Readonly<Record<string, string | Uint8Array>> = {}) {
    for (const [key, content] of Object.entries(objects)) this.put(key, content);
  }

  put(key: string, content: string | Uint8Array, lastModified: Date = new Date(0)): ObjectFacts {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    const etag = createHash('md5').update(bytes).digest('hex');
    if (!this.#objects.has(key)) this.#sortedKeys = null;
    const stored = { key, size: bytes.length, etag, lastModified, content: bytes };
    this.#objects.set(key, stored);
    return stored;
  }

  delete(key: string): void {
    if (this.#objects.delete(key)) this.#sortedKeys = null;
  }

  *list(prefix: string, startAfter: string): Generator<ObjectFacts> {
    this.#sortedKeys ??= [...this.#objects.keys()].toSorted(compareKeys);
    const keys = this.#sortedKeys;
    const from = startAfter === '' || compareKeys(prefix, startAfter) > 0 ? prefix : startAfter;
    for (let place = firstNotBefore(keys, from); place < keys.length; place++) {
      const key = keys[place] ?? '';
      if (!key.startsWith(prefix)) return;
      const stored = key === startAfter ? undefined : this.#objects.get(key);
      if (stored !== undefined) yield stored;
    }
  }

  open(key: string): OpenObject | null {
    const stored = this.#objects.get(key);
    if (stored === undefined) return null;
    const { content, ...facts } = stored;
    return { ...facts, read: (start, end) => pieces(content.subarray(start, end)) };
  }
}

/** Binary search. */
function firstNotBefore(keys: readonly string[], wanted: string): number {
  let low = 0;
  for (let high = keys.length; low < high;) {
    const middle = (low + high) >> 1;
    if (compareKeys(keys[middle] ?? '', wanted) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

const PIECE_BYTES = 64 * 1024;

function* pieces(content: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < content.length; at += PIECE_BYTES) yield content.subarray(at, at + PIECE_BYTES);
}
