import { DatabaseError, type PoolClient } from 'pg';
import { NOTHING, type BatchCounts } from './batch-counts.ts';
import { BatchTransaction } from './batch-transaction.ts';
import { withConnection, type LoaderPool } from './connection.ts';
import { copyLines } from './copy-lines.ts';
import { isMissingPartition, toRawLoaderError } from './database-error.ts';
import { ensureMonths } from './ensure-months.ts';
import { RawLoaderError } from './errors.ts';
import { mergeStage } from './merge-stage.ts';
import { openStage } from './open-stage.ts';
import { quoteTable } from './quote.ts';
import type { RawTable } from './raw-table.ts';
import { BEGIN, copyStatement } from './stage-statements.ts';
import type { StagedPart } from './staged-part.ts';
import { anySampleStored, checkKeyStatement } from './stored-keys.ts';
import type { LoaderTransaction } from './transaction.ts';

/** What storing a batch needs. */
export interface StoreOptions {
  readonly pool: LoaderPool;
  readonly table: RawTable;
  /** Ends the connection at once. */
  readonly signal: AbortSignal;
  /** Writes the bookkeeping of all parts, given what became of each part's rows. */
  readonly commit: (transaction: LoaderTransaction, counts: readonly BatchCounts[]) => Promise<void>;
}

type Parts = readonly StagedPart<unknown>[];

/**
 * Stores parts of several streams in one transaction, making the months that turn out to be missing. Of two claims of a key that tie in
 * all ranks, the one in the later part wins.
 *
 * @returns what became of each part's rows, in the order of `parts`.
 */
export async function storeBatch(options: StoreOptions, parts: Parts): Promise<readonly BatchCounts[]> {
  const { pool, table, signal } = options;
  const store = (): Promise<readonly BatchCounts[]> =>
    withConnection(pool, signal, (client) => storeOn(client, options, parts));
  try {
    return await store();
  } catch (error) {
    // The other transaction goes on: this one only has to be done again.
    if (error instanceof RawLoaderError && error.sqlState === '40P01') return store();
    if (!(error instanceof MissingMonth)) throw error;
    const months = new Set(parts.flatMap((part) => [...part.months]));
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
  { table, commit }: StoreOptions,
  parts: Parts,
): Promise<readonly BatchCounts[]> {
  const rows = parts.reduce((sum, part) => sum + part.rows, 0);
  const doing = `storing ${rows} rows in ${table.schema}.${table.name}`;
  const counts = await writeRows(client, table, parts).catch((error: unknown) => {
    const failure = toRawLoaderError(error, doing);
    throw isMissingPartition(error) ? new MissingMonth(failure.message, failure) : failure;
  });
  const transaction = new BatchTransaction(client, doing);
  await transaction.run((scope) => commit(scope, counts));
  await transaction.commit();
  return counts;
}

/** Begins a transaction and writes the rows in it. */
async function writeRows(client: PoolClient, table: RawTable, parts: Parts): Promise<readonly BatchCounts[]> {
  await client.query(`${BEGIN}; ${checkKeyStatement(table)}`);
  const filled = parts.filter((part) => part.rows > 0);
  if (filled.length === 0) return parts.map(() => NOTHING);
  const chunks = filled.flatMap((part) => part.chunks);
  const keys = distinctKeys(filled);
  if (keys !== null && !(await anySampleStored(client, table, keys))) {
    if (await insertRows(client, table, chunks)) return parts.map(allInserted);
    await client.query('rollback');
    await client.query(BEGIN);
  }
  const stage = await openStage(client, table);
  await copyLines(client, copyStatement(table, stage), chunks);
  const partRows = filled.map((part) => part.rows);
  const merged = await mergeStage(client, table, { name: stage, partRows, hasDuplicates: keys === null });
  return parts.map((part) => merged[filled.indexOf(part)] ?? NOTHING);
}

/** The keys of all rows, or null if one stands in the batch more than once. */
function distinctKeys(parts: Parts): readonly string[] | null {
  if (parts.some((part) => part.keys.size < part.rows)) return null;
  const keys = new Set(parts.flatMap((part) => [...part.keys]));
  return keys.size < parts.reduce((sum, part) => sum + part.rows, 0) ? null : [...keys];
}

/**
 * Copies rows of new keys straight into the table: most batches are such, and a stage costs the server as much again.
 *
 * @returns false if a key turns out to be stored; the transaction is then to be rolled back.
 */
async function insertRows(client: PoolClient, table: RawTable, chunks: readonly Buffer[]): Promise<boolean> {
  try {
    await copyLines(client, copyStatement(table, quoteTable(table)), chunks);
    return true;
  } catch (error) {
    // Unique violation; or a deadlock with another loader, as these rows are not in the order of their keys.
    if (error instanceof DatabaseError && (error.code === '23505' || error.code === '40P01')) return false;
    throw error;
  }
}

function allInserted(part: StagedPart<unknown>): BatchCounts {
  return { ...NOTHING, inserted: part.rows, touchedDays: [...part.days].toSorted() };
}
