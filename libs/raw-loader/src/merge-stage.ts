import type { ClientBase } from 'pg';
import type { BatchCounts } from './batch-counts.ts';
import {
  dropDuplicatesStatement,
  dropStoredStatement,
  mergeStatement,
  supersededStatement,
} from './merge-statement.ts';
import { quoteName } from './quote.ts';
import type { RawTable } from './raw-table.ts';
import { STAGE_ORDINAL } from './stage-statements.ts';

/** A stage that is filled. */
export interface FilledStage {
  /** Quoted. */
  readonly name: string;
  /** Rows of each part of the batch, in the order in which they were staged; none is 0. */
  readonly partRows: readonly number[];
  readonly hasDuplicates: boolean;
}

interface PartRows {
  /** From 1. */
  readonly part: number;
  readonly rows: number;
}

interface MergedRow {
  /** Left out where one part alone fills the stage. */
  readonly part?: number;
  readonly inserted: boolean;
  readonly day: string | null;
  readonly old_day: string | null;
  readonly rows: number;
}

/**
 * Moves a stage into its table.
 *
 * @returns what became of each part's rows.
 */
export async function mergeStage(
  client: ClientBase,
  table: RawTable,
  stage: FilledStage,
): Promise<readonly BatchCounts[]> {
  const { name, partRows, hasDuplicates } = stage;
  const parts = [await firstOrdinals(client, stage)];
  const rowsOf = async (statement: string): Promise<ReadonlyMap<number, number>> => {
    const { rows } = await client.query<PartRows>(statement, parts);
    return new Map(rows.map((row) => [row.part, row.rows]));
  };
  const none: ReadonlyMap<number, number> = new Map();
  const duplicates = hasDuplicates ? await rowsOf(dropDuplicatesStatement(table, name)) : none;
  await client.query(dropStoredStatement(table, name));
  const isShared = partRows.length > 1;
  const statement = mergeStatement(table, name, isShared);
  const { rows: merged } = await client.query<MergedRow>(statement, isShared ? parts : []);
  const left = sum(partRows) - sum(duplicates.values()) - sum(merged.map(({ rows }) => rows));
  const superseded = left > 0 && table.precedence ? await rowsOf(supersededStatement(table, name)) : none;
  return partRows.map((rows, index) => {
    const part = index + 1;
    const ofPart = isShared ? merged.filter((row) => row.part === part) : merged;
    return countsOf(ofPart, rows, { duplicates: duplicates.get(part) ?? 0, superseded: superseded.get(part) ?? 0 });
  });
}

/** Ordinals go on from batch to batch: the stage tells where this one's begin. */
async function firstOrdinals(client: ClientBase, { name, partRows }: FilledStage): Promise<readonly number[]> {
  const { rows } = await client.query<{ first: string }>(
    `select min(${quoteName(STAGE_ORDINAL)}) as first from ${name}`,
  );
  let next = Number(rows[0]?.first);
  return partRows.map((count) => {
    const first = next;
    next += count;
    return first;
  });
}

function countsOf(
  merged: readonly MergedRow[],
  staged: number,
  lost: Pick<BatchCounts, 'duplicates' | 'superseded'>,
): BatchCounts {
  const inserted = sum(merged.filter((row) => row.inserted).map(({ rows }) => rows));
  const updated = sum(merged.filter((row) => !row.inserted).map(({ rows }) => rows));
  const unchanged = staged - lost.duplicates - lost.superseded - inserted - updated;
  const days = merged.flatMap((row) => [row.day, row.old_day]).filter((day) => day !== null);
  return { inserted, updated, unchanged, ...lost, touchedDays: [...new Set(days)].toSorted() };
}

function sum(numbers: Iterable<number>): number {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
}
