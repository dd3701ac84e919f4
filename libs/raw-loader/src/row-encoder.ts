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
  readonly #columns: readonly PlannedColumn[];

  constructor({ columns, key, partitionMonth, touchedDay }: RawTable) {
    this.#columns = columns.map((column) => ({
      column,
      isKey: key.includes(column.name),
      isMonth: column.name === partitionMonth,
      isDay: column.name === touchedDay,
      last: null,
    }));
  }

  /**
   * @throws NotAllowedError if the row's document did not come out of an allowlist.
   */
  encode(row: RawRow, storable: StorableRange): EncodedRow {
    const { payload } = openAllowed(row.allowed);
    let line = '';
    let keyText = '';
    let month: string | null = null;
    let day: string | null = null;
    let replaced = 0;
    for (const planned of this.#columns) {
      const { column } = planned;
      const value = row.columns[column.name] ?? null;
      if (value === null) {
        if (column.nullable !== true) return { ok: false, reason: `value_missing:${column.name}` };
        line += `${COPY_NULL}\t`;
        continue;
      }
      const { result, field } = textOf(planned, value);
      if (!result.ok) return { ok: false, reason: `${result.reason}:${column.name}` };
      if (planned.isMonth) {
        if (!isWithin(result.epochMs, storable)) return { ok: false, reason: `time_out_of_range:${column.name}` };
        month = result.text.slice(0, 7);
      }
      if (planned.isDay) day = result.text.slice(0, 10);
      if (planned.isKey) keyText += `${result.text}\0`;
      replaced += result.replaced;
      line += field;
    }
    // Whatever is to be replaced or escaped in JSON text, a backslash announces it; nearly no payload holds one.
    if (!payload.includes('\\')) return { ok: true, line: `${line}${payload}\n`, key: keyText, month, day, replaced };
    const json = sanitizeJson(payload);
    line += `${copyText(json.text)}\n`;
    return { ok: true, line, key: keyText, month, day, replaced: replaced + json.replaced };
  }
}

/** A column, and what its last value became: most columns are the same for all rows of a page. */
interface PlannedColumn {
  readonly column: RawColumn;
  readonly isKey: boolean;
  readonly isMonth: boolean;
  readonly isDay: boolean;
  last: Remembered | null;
}

interface Remembered {
  readonly value: string | number | boolean;
  readonly isDate: boolean;
  readonly result: ColumnText;
  /** As it stands in a line, with the tab behind it. */
  readonly field: string;
}

function textOf(planned: PlannedColumn, given: Exclude<ColumnValue, null>): Remembered {
  const { last } = planned;
  // By its time, for a Date can be changed after it was seen.
  const isDate = given instanceof Date;
  const value = isDate ? given.getTime() : given;
  if (last !== null && last.value === value && last.isDate === isDate) return last;
  const result = columnText(planned.column, given);
  planned.last = { value, isDate, result, field: result.ok ? `${copyText(result.text)}\t` : '' };
  return planned.last;
}

function isWithin(epochMs: number | null, { startMs, endMs }: StorableRange): boolean {
  return epochMs !== null && epochMs >= startMs && epochMs < endMs;
}
