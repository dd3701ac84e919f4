import type { PoolClient } from 'pg';
import { withConnection, type LoaderPool } from './connection.ts';
import { copyStage } from './copy-stage.ts';
import { isMissingPartition, toRawLoaderError } from './database-error.ts';
import { ensureMonths } from './ensure-months.ts';
import { RawLoaderError } from './errors.ts';
import { mergeStage, type MergeCounts } from './merge-stage.ts';
import type { QuarantinedRow } from './raw-row.ts';
import type { RawTable } from './raw-table.ts';
import type { StagedBatch } from './staged-batch.ts';
import type { LoaderTransaction } from './transaction.ts';

/** What one transaction stores, for the bookkeeping that joins it. */
export interface CommittedBatch<Checkpoint> extends MergeCounts {
  readonly duplicates: number;
  readonly sanitized: number;
  readonly quarantined: readonly QuarantinedRow[];
  /** Bytes sent to the server. */
  readonly bytes: number;
  /** The progress once this transaction is committed. */
  readonly checkpoint: Checkpoint;
}

/** What storing a batch needs; see `LoadOptions`. */
export interface StoreOptions<Checkpoint> {
  readonly pool: LoaderPool;
  readonly table: RawTable;
  readonly commit: (transaction: LoaderTransaction, batch: CommittedBatch<Checkpoint>) => Promise<void>;
  readonly signal?: AbortSignal;
}

const NOTHING: MergeCounts = { inserted: 0, updated: 0, unchanged: 0, superseded: 0, touchedDays: [] };

/** Stores one batch in one transaction, making the months that turn out to be missing. */
export async function storeBatch<Checkpoint>(
  options: StoreOptions<Checkpoint>,
  batch: StagedBatch<Checkpoint>,
): Promise<CommittedBatch<Checkpoint>> {
  const { pool, table, signal } = options;
  const store = (): Promise<CommittedBatch<Checkpoint>> =>
    withConnection(pool, signal, (client) => storeOn(client, options, batch));
  try {
    return await store();
  } catch (error) {
    if (!(error instanceof MissingMonth)) throw error;
    await ensureMonths({ pool, table, months: batch.months, ...(signal ? { signal } : {}) });
  }
  return store();
}

/** The batch has rows of a month that has no leaf yet. */
class MissingMonth extends RawLoaderError {
  override readonly name = 'MissingMonth';
}

async function storeOn<Checkpoint>(
  client: PoolClient,
  { table, commit }: StoreOptions<Checkpoint>,
  batch: StagedBatch<Checkpoint>,
): Promise<CommittedBatch<Checkpoint>> {
  const doing = `storing ${batch.rows} rows in ${table.schema}.${table.name}`;
  const counts = await mergeOn(client, table, batch).catch((error: unknown) => {
    const failure = toRawLoaderError(error, doing);
    throw isMissingPartition(error) ? new MissingMonth(failure.message, failure) : failure;
  });
  const { duplicates, sanitized, quarantined, bytes, checkpoint } = batch;
  const committed = { ...counts, duplicates, sanitized, quarantined, bytes, checkpoint };
  await runCallback(client, doing, (transaction) => commit(transaction, committed));
  const { command } = await client.query('commit').catch((error: unknown) => {
    throw toRawLoaderError(error, `committing ${batch.rows} rows in ${table.schema}.${table.name}`);
  });
  if (command !== 'COMMIT') {
    // A statement of the callback failed and it went on: the server answers the commit with a rollback.
    throw new RawLoaderError(
      `${doing} was rolled back: a statement of the commit callback failed and its error was not passed on`,
      {
        retryability: 'terminal',
      },
    );
  }
  return committed;
}

async function mergeOn(client: PoolClient, table: RawTable, batch: StagedBatch<unknown>): Promise<MergeCounts> {
  // Not the session's default: under a stricter level an upsert fails where this one waits.
  await client.query('begin isolation level read committed read write');
  if (batch.rows === 0) return NOTHING;
  await copyStage(client, table, batch.chunks);
  return mergeStage(client, table, batch);
}

async function runCallback(
  client: PoolClient,
  doing: string,
  callback: (transaction: LoaderTransaction) => Promise<void>,
): Promise<void> {
  let isOpen = true;
  const query: LoaderTransaction['query'] = async (text, values) => {
    if (!isOpen) {
      const message = 'the transaction of this batch is over; await every statement within the commit callback';
      throw new RawLoaderError(message, { retryability: 'terminal' });
    }
    return client.query(text, values === undefined ? undefined : [...values]).catch((error: unknown) => {
      throw toRawLoaderError(error, `bookkeeping for ${doing}`);
    });
  };
  try {
    await callback({ query });
  } finally {
    isOpen = false;
  }
}
