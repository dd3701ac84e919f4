import { openAllowed } from '@ovis/pii-allowlist';
import { columnText, type ColumnText } from './column-text.ts';
import { COPY_NULL, copyText } from './copy-text.ts';
import type { ColumnValue, QuarantinedRow, RawRow } from './raw-row.ts';
import type { RawColumn, RawTable } from './raw-table.ts';
import { sanitizeJson } from './sanitize.ts';

/** A row as COPY reads it, or why it is quarantined. */
export type EncodedRow =
  | {
      readonly ok: true;
      readonly line: string;
      readonly key: string;
      readonly month: string | null;
      /** Of the table's `touchedDay`. */
      readonly day: string | null;
      readonly replaced: number;
    }
  | { readonly ok: false; readonly reason: QuarantinedRow['reason'] };

/** Moments that may be stored, half-open. */
export interface StorableRange {
  readonly startMs: number;
  readonly endMs: number;
}

/**
 * Checks rows of one table and writes them as lines. The columns of a line are those of the table, then the payload.
 */
export class RowEncoder {
  readonly #table: RawTable;
  /** The last value of each column and its text: most columns are the same for all rows of a page. */
  readonly #last: Remembered[];

  constructor(table: RawTable) {
    this.#table = table;
    this.#last = table.columns.map(() => ({
      value: null,
      isDate: false,
      result: { ok: false, reason: 'value_invalid' },
    }));
  }

  /**
   * @throws NotAllowedError if the row's document did not come out of an allowlist.
   */
  encode(row: RawRow, storable: StorableRange): EncodedRow {
    const { payload } = openAllowed(row.allowed);
    const { columns, key, partitionMonth, touchedDay } = this.#table;
    let line = '';
    let keyText = '';
    let month: string | null = null;
    let day: string | null = null;
    let replaced = 0;
    for (const [index, column] of columns.entries()) {
      const value = row.columns[column.name] ?? null;
      if (value === null) {
        if (column.nullable !== true) return { ok: false, reason: `value_missing:${column.name}` };
        line += `${COPY_NULL}\t`;
        continue;
      }
      const result = this.#textOf(index, column, value);
      if (!result.ok) return { ok: false, reason: `${result.reason}:${column.name}` };
      if (column.name === partitionMonth) {
        if (!isWithin(result.epochMs, storable)) return { ok: false, reason: `time_out_of_range:${column.name}` };
        month = result.text.slice(0, 7);
      }
      if (column.name === touchedDay) day = result.text.slice(0, 10);
      if (key.includes(column.name)) keyText += `${result.text}\0`;
      replaced += result.replaced;
      line += `${copyText(result.text)}\t`;
    }
    const json = sanitizeJson(payload);
    line += `${copyText(json.text)}\n`;
    return { ok: true, line, key: keyText, month, day, replaced: replaced + json.replaced };
  }

  #textOf(index: number, column: RawColumn, given: Exclude<ColumnValue, null>): ColumnText {
    const last = this.#last[index]!;
    // By its time, for a Date can be changed after it was seen.
    const isDate = given instanceof Date;
    const value = isDate ? given.getTime() : given;
    if (last.value !== value || last.isDate !== isDate) {
      last.result = columnText(column, given);
      last.value = value;
      last.isDate = isDate;
    }
    return last.result;
  }
}

interface Remembered {
  value: string | number | boolean | null;
  isDate: boolean;
  result: ColumnText;
}

function isWithin(epochMs: number | null, { startMs, endMs }: StorableRange): boolean {
  return epochMs !== null && epochMs >= startMs && epochMs < endMs;
}
