import type { PoolClient } from 'pg';
import { BatchTransaction } from './batch-transaction.ts';
import { withConnection, type LoaderPool } from './connection.ts';
import { copyStage } from './copy-stage.ts';
import { isMissingPartition, toRawLoaderError } from './database-error.ts';
import { ensureMonths } from './ensure-months.ts';
import { RawLoaderError } from './errors.ts';
import { mergeStage, type MergeCounts } from './merge-stage.ts';
import { openStage } from './open-stage.ts';
import type { RawTable } from './raw-table.ts';
import { copyStageStatement } from './stage-statements.ts';
import type { StagedPart } from './staged-part.ts';
import type { LoaderTransaction } from './transaction.ts';

/** What one stream has in a batch. */
export interface BatchPart {
  /** The stream's number; a stream has one part in a batch at most. */
  readonly stream: number;
  readonly staged: StagedPart<unknown>;
  /** Writes the stream's bookkeeping; called again with other counts if the transaction was rolled back for another stream's sake. */
  readonly commit: (transaction: LoaderTransaction, counts: MergeCounts) => Promise<void>;
}

/** What storing a batch needs. */
export interface StoreOptions {
  readonly pool: LoaderPool;
  readonly table: RawTable;
  /** Ends the connection at once. */
  readonly signal: AbortSignal;
}

const NOTHING: MergeCounts = {
  inserted: 0,
  updated: 0,
  unchanged: 0,
  superseded: 0,
  duplicates: 0,
  touchedDays: [],
};

/**
 * Stores the parts of several streams in one transaction, making the months that turn out to be missing.
 *
 * @returns what became of each part's rows, in the order of `parts`.
 */
export async function storeBatch(options: StoreOptions, parts: readonly BatchPart[]): Promise<readonly MergeCounts[]> {
  const { pool, table, signal } = options;
  const store = (): Promise<readonly MergeCounts[]> =>
    withConnection(pool, signal, (client) => storeOn(client, table, parts));
  try {
    return await store();
  } catch (error) {
    if (!(error instanceof MissingMonth)) throw error;
    const months = new Set(parts.flatMap(({ staged }) => [...staged.months]));
    await ensureMonths({ pool, table, months: [...months].toSorted(), signal });
  }
  return store();
}

/** The batch has rows of a month that has no leaf yet. */
class MissingMonth extends RawLoaderError {
  override readonly name = 'MissingMonth';
}

async function storeOn(
  client: PoolClient,
  table: RawTable,
  parts: readonly BatchPart[],
): Promise<readonly MergeCounts[]> {
  const rows = parts.reduce((sum, { staged }) => sum + staged.rows, 0);
  const where = `${rows} rows in ${table.schema}.${table.name}`;
  const byStream = await mergeOn(client, table, parts).catch((error: unknown) => {
    const failure = toRawLoaderError(error, `storing ${where}`);
    throw isMissingPartition(error) ? new MissingMonth(failure.message, failure) : failure;
  });
  const counts = parts.map(({ stream }) => byStream.get(stream) ?? NOTHING);
  const transaction = new BatchTransaction(client, where);
  // All at once, so that a statement of one stream follows that of another without a pause.
  const outcomes = await Promise.allSettled(
    parts.map((part, index) => transaction.run((scope) => part.commit(scope, counts[index] ?? NOTHING))),
  );
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  await transaction.commit();
  return counts;
}

async function mergeOn(
  client: PoolClient,
  table: RawTable,
  parts: readonly BatchPart[],
): Promise<ReadonlyMap<number, MergeCounts>> {
  const stage = await openStage(client, table);
  const filled = parts.filter(({ staged }) => staged.rows > 0);
  if (filled.length === 0) return new Map();
  const chunks = filled.flatMap(({ staged }) => staged.chunks);
  await copyStage(client, copyStageStatement(table, stage), chunks);
  return mergeStage(client, table, {
    name: stage,
    rowsByStream: new Map(filled.map(({ stream, staged }) => [stream, staged.rows])),
    hasDuplicates: hasDuplicates(filled),
  });
}

/** Whether a key stands in the batch more than once. */
function hasDuplicates(parts: readonly BatchPart[]): boolean {
  if (parts.some(({ staged }) => staged.keys.size < staged.rows)) return true;
  if (parts.length === 1) return false;
  const keys = new Set<string>();
  let rows = 0;
  for (const { staged } of parts) {
    for (const key of staged.keys) keys.add(key);
    rows += staged.rows;
    if (keys.size < rows) return true;
  }
  return false;
}
