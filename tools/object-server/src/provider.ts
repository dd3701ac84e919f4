/** What a listing says of an object. */
export interface ObjectFacts {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /** Without quotes. Changes whenever the content does. */
  readonly etag: string;
  readonly lastModified: Date;
}

/** An object that is being read: its facts, and its bytes as they were when it was opened. */
export interface OpenObject extends ObjectFacts {
  /**
   * The bytes [start, end) in pieces. The pieces are asked for as fast as the client reads, so that a large object needs no
   * memory.
   */
  read(start: number, end: number): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/** Where a bucket's objects come from: memory, a folder, or a function that computes them when they are asked for. */
export interface ObjectProvider {
  /**
   * The objects whose keys begin with `prefix` and come after `startAfter`, in the order of their keys' UTF-8 bytes.
   *
   * @param startAfter empty for all.
   */
  list(prefix: string, startAfter: string): Iterable<ObjectFacts> | AsyncIterable<ObjectFacts>;
  /** Null if there is no such object. */
  open(key: string): OpenObject | null | Promise<OpenObject | null>;
}

/** A provider that takes objects. */
export interface WritableObjectProvider extends ObjectProvider {
  /** Stores an object, or replaces it. */
  put(key: string, content: Uint8Array, lastModified: Date): Promise<ObjectFacts> | ObjectFacts;
  /** Removes an object; nothing happens if it is not there. */
  delete(key: string): Promise<void> | void;
}

/** Whether a provider takes objects. */
export function isWritable(provider: ObjectProvider): provider is WritableObjectProvider {
  return 'put' in provider && 'delete' in provider;
}

/** S3's order of keys: by their UTF-8 bytes. UTF-16 would put astral characters before U+E000. */
export function compareKeys(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
