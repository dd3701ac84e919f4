import type { LoaderPool } from './connection.ts';
import { isConnectionFailure } from './database-error.ts';
import type { StreamBatch, StreamPart } from './load-stream.ts';
import type { RawTable } from './raw-table.ts';
import { storeBatch } from './store-batch.ts';
import type { LoaderTransaction } from './transaction.ts';

/** Where parts are stored, and the bookkeeping that joins them. */
export interface StorePartsOptions<Owner, Checkpoint> {
  readonly pool: LoaderPool;
  readonly table: RawTable;
  readonly commit: (
    transaction: LoaderTransaction,
    batches: readonly StreamBatch<Owner, Checkpoint>[],
  ) => Promise<void>;
}

/**
 * Stores parts of several streams in one transaction, or, if that fails, each in a transaction of its own, and tells each what came of it. Never
 * throws. When the connection itself failed, all fail: none of them is to blame.
 */
export async function storeParts<Owner, Checkpoint>(
  options: StorePartsOptions<Owner, Checkpoint>,
  given: readonly StreamPart<Owner, Checkpoint>[],
): Promise<void> {
  // Of claims that tie, that of the later stream wins.
  const parts = given.toSorted((one, other) => one.number - other.number);
  const abandoned = whenAllAborted(parts);
  try {
    const { pool, table, commit } = options;
    const staged = parts.map((part) => part.staged);
    const counts = await storeBatch(
      {
        pool,
        table,
        signal: abandoned.signal,
        commit: (transaction, all) =>
          commit(
            transaction,
            parts.map((part, index) => part.batchOf(all[index]!)),
          ),
      },
      staged,
    );
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
function whenAllAborted(parts: readonly { readonly signal: AbortSignal | undefined }[]): {
  readonly signal: AbortSignal;
  forget(): void;
} {
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
