import type { LoaderPool } from './connection.ts';
import { isConnectionFailure } from './database-error.ts';
import type { StreamPart } from './load-stream.ts';
import type { RawTable } from './raw-table.ts';
import { storeBatch } from './store-batch.ts';

/** Where parts are stored. */
export interface StorePartsOptions {
  readonly pool: LoaderPool;
  readonly table: RawTable;
}

/**
 * Stores parts of several streams in one transaction, or, if that fails, each in a transaction of its own, and tells each what came of it. Never
 * throws. When the connection itself failed, all fail: none of them is to blame.
 */
export async function storeParts(options: StorePartsOptions, parts: readonly StreamPart[]): Promise<void> {
  const abandoned = whenAllAborted(parts);
  try {
    const counts = await storeBatch({ ...options, signal: abandoned.signal }, parts);
    for (const [index, part] of parts.entries()) part.stored(counts[index]!);
  } catch (error) {
    if (parts.length === 1 || isConnectionFailure(error)) {
      for (const part of parts) part.failed(part.signal?.aborted === true ? part.signal.reason : error);
      return;
    }
    for (const part of parts) await storeParts(options, [part]);
  } finally {
    abandoned.forget();
  }
}

/** Aborts when nobody wants the parts any more: while one stream does, the others' parts are stored with its own. */
function whenAllAborted(parts: readonly StreamPart[]): { readonly signal: AbortSignal; forget(): void } {
  const controller = new AbortController();
  const check = (): void => {
    if (parts.every(({ signal }) => signal?.aborted === true)) controller.abort(parts[0]?.signal?.reason);
  };
  for (const { signal } of parts) signal?.addEventListener('abort', check, { once: true });
  check();
  return {
    signal: controller.signal,
    forget: () => {
      for (const { signal } of parts) signal?.removeEventListener('abort', check);
    },
  };
}
