import type { ClientBase } from 'pg';
import { dropDuplicatesStatement, mergeStatement, supersededStatement } from './merge-statement.ts';
import type { RawTable } from './raw-table.ts';

/** What became of a stream's staged rows. */
export interface MergeCounts {
  readonly inserted: number;
  readonly updated: number;
  /** Stored already, saying the same: not rewritten. */
  readonly unchanged: number;
  /** Lost against the stored row by the table's precedence. */
  readonly superseded: number;
  /** Lost against another claim of their key in the same stage, of the same stream or another. */
  readonly duplicates: number;
  /** UTC days (`YYYY-MM-DD`), sorted, in which a row was inserted or updated. */
  readonly touchedDays: readonly string[];
}

/** A stage that is filled. */
export interface FilledStage {
  /** Quoted. */
  readonly name: string;
  /** Rows staged by each stream, by the stream's number. */
  readonly rowsByStream: ReadonlyMap<number, number>;
  readonly hasDuplicates: boolean;
}

interface StreamRows {
  readonly stream: number;
  readonly rows: number;
}

interface MergedRow {
  /** Left out where one stream alone filled the stage. */
  readonly stream?: number;
  readonly inserted: boolean;
  readonly day: string | null;
  readonly old_day: string | null;
  readonly rows: number;
}

/**
 * Moves a stage into its table.
 *
 * @returns what became of each stream's rows, by the stream's number.
 */
export async function mergeStage(
  client: ClientBase,
  table: RawTable,
  stage: FilledStage,
): Promise<ReadonlyMap<number, MergeCounts>> {
  const rowsOf = async (statement: string): Promise<ReadonlyMap<number, number>> => {
    const { rows } = await client.query<StreamRows>(statement);
    return new Map(rows.map((row) => [row.stream, row.rows]));
  };
  const none: ReadonlyMap<number, number> = new Map();
  const duplicates = stage.hasDuplicates ? await rowsOf(dropDuplicatesStatement(table, stage.name)) : none;
  const isShared = stage.rowsByStream.size > 1;
  const { rows: merged } = await client.query<MergedRow>(mergeStatement(table, stage.name, isShared));
  const left = sum(stage.rowsByStream.values()) - sum(duplicates.values()) - sum(merged.map(({ rows }) => rows));
  const superseded = left > 0 && table.precedence ? await rowsOf(supersededStatement(table, stage.name)) : none;
  return new Map(
    [...stage.rowsByStream].map(([stream, rows]) => {
      const ofStream = isShared ? merged.filter((row) => row.stream === stream) : merged;
      const lost = { duplicates: duplicates.get(stream) ?? 0, superseded: superseded.get(stream) ?? 0 };
      return [stream, countsOf(ofStream, rows, lost)];
    }),
  );
}

function countsOf(
  merged: readonly MergedRow[],
  staged: number,
  lost: Pick<MergeCounts, 'duplicates' | 'superseded'>,
): MergeCounts {
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
