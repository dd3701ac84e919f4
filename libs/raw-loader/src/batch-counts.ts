/** What became of the rows that a stream has in a batch. */
export interface BatchCounts {
  readonly inserted: number;
  readonly updated: number;
  /** Stored already, saying the same: not rewritten. */
  readonly unchanged: number;
  /** Lost against the stored row by the table's precedence. */
  readonly superseded: number;
  /** Lost against another claim of their key in the same batch, of the same stream or another. */
  readonly duplicates: number;
  /** UTC days (`YYYY-MM-DD`), sorted, in which a row was inserted or updated. */
  readonly touchedDays: readonly string[];
}

export const NOTHING: BatchCounts = {
  inserted: 0,
  updated: 0,
  unchanged: 0,
  superseded: 0,
  duplicates: 0,
  touchedDays: [],
};
