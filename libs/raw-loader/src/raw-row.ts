import type { Allowed } from '@ovis/pii-allowlist';

/** A value of a column besides the payload. */
export type ColumnValue = string | number | boolean | Date | null;

/** One row to load. */
export interface RawRow {
  /** What the allowlist let pass; its payload is stored as it is. */
  readonly allowed: Allowed<unknown>;
  /** Values by column name. A column that is left out is null. Others than the table's are ignored. */
  readonly columns: Readonly<Record<string, ColumnValue>>;
  /** Where the row stands in its source, for quarantine: `page 3, item 17`. Must hold no row values. Default: its group and place, both from 1. */
  readonly position?: string;
}

/** Rows that are stored together or not at all: one page, usually. A group is never split over two batches. */
export interface RowGroup<Checkpoint> {
  readonly rows: readonly RawRow[];
  /** The progress once this group is stored. */
  readonly checkpoint: Checkpoint;
}

/** A row that cannot be stored, by place and reason and never by content. */
export interface QuarantinedRow {
  readonly position: string;
  /** `<code>:<column>`; codes: `value_missing`, `value_invalid`, `identifier_invalid`, `time_out_of_range`. */
  readonly reason: string;
}
