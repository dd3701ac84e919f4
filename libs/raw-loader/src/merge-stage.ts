import type { ClientBase } from 'pg';
import { mergeStatement, supersededStatement } from './merge-statement.ts';
import type { RawTable } from './raw-table.ts';

/** What became of the staged rows; `duplicates` are the rest. */
export interface MergeCounts {
  readonly inserted: number;
  readonly updated: number;
  /** Stored already, saying the same: not rewritten. */
  readonly unchanged: number;
  /** Lost against the stored row by the table's precedence. */
  readonly superseded: number;
  /** UTC days (`YYYY-MM-DD`), sorted, in which a row was inserted or updated. */
  readonly touchedDays: readonly string[];
}

interface MergedRow {
  readonly inserted: boolean;
  readonly day: string | null;
  readonly old_day: string | null;
  readonly rows: number;
}

/**
 * Moves the stage of this transaction into its table.
 *
 * @param staged rows in the stage, and how many of them repeat a key.
 */
export async function mergeStage(
  client: ClientBase,
  table: RawTable,
  staged: { readonly rows: number; readonly duplicates: number },
): Promise<MergeCounts> {
  const hasDuplicates = staged.duplicates > 0;
  const { rows: merged } = await client.query<MergedRow>(mergeStatement(table, hasDuplicates));
  const count = (inserted: boolean): number =>
    merged.reduce((sum, row) => sum + (row.inserted === inserted ? row.rows : 0), 0);
  const [inserted, updated] = [count(true), count(false)];
  const left = staged.rows - staged.duplicates - inserted - updated;
  const superseded = left > 0 && table.precedence ? await countSuperseded(client, table, hasDuplicates) : 0;
  const days = merged.flatMap((row) => [row.day, row.old_day]).filter((day) => day !== null);
  return { inserted, updated, unchanged: left - superseded, superseded, touchedDays: [...new Set(days)].toSorted() };
}

async function countSuperseded(client: ClientBase, table: RawTable, hasDuplicates: boolean): Promise<number> {
  const { rows } = await client.query<{ readonly superseded: number }>(supersededStatement(table, hasDuplicates));
  return rows[0]?.superseded ?? 0;
}
