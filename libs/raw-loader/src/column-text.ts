import type { RawColumn, RawColumnType } from './raw-table.ts';
import { sanitizeText } from './sanitize.ts';
import { utcDay, utcTimestamp } from './utc-time.ts';

/** A checked value as PostgreSQL reads it, or the code of the reason why it cannot be stored. */
export type ColumnText =
  | { readonly ok: true; readonly text: string; readonly replaced: number; readonly epochMs: number | null }
  | { readonly ok: false; readonly reason: 'identifier_invalid' | 'value_invalid' };

/** PostgreSQL's types of the columns, for the stage. */
export const SQL_TYPES: Readonly<Record<RawColumnType, string>> = {
  boolean: 'boolean',
  date: 'date',
  identifier: 'text',
  integer: 'bigint',
  number: 'double precision',
  text: 'text',
  timestamp: 'timestamptz',
  uuid: 'uuid',
};

const IDENTIFIER = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const INVALID: ColumnText = { ok: false, reason: 'value_invalid' };

/**
 * Checks a value and writes it as text. Equal values of a column have equal texts, so that keys can be compared as text.
 *
 * @param value not null.
 */
export function columnText(column: RawColumn, value: unknown): ColumnText {
  switch (column.type) {
    case 'identifier':
      return typeof value === 'string' && IDENTIFIER.test(value)
        ? valid(value)
        : { ok: false, reason: 'identifier_invalid' };
    case 'text':
      return plainText(column, value);
    case 'timestamp':
    case 'date': {
      const time = column.type === 'date' ? utcDay(value) : utcTimestamp(value);
      return time === undefined ? INVALID : valid(time.text, time.epochMs);
    }
    case 'uuid':
      return typeof value === 'string' && UUID.test(value) ? valid(value.toLowerCase()) : INVALID;
    case 'integer':
      return Number.isSafeInteger(value) ? valid(String(value)) : INVALID;
    case 'number':
      return Number.isFinite(value) ? valid(String(value)) : INVALID;
    case 'boolean':
      return typeof value === 'boolean' ? valid(String(value)) : INVALID;
  }
}

function plainText(column: RawColumn, value: unknown): ColumnText {
  if (typeof value !== 'string') return INVALID;
  const { text, replaced } = sanitizeText(value);
  return column.pattern && !matchesWhole(column.pattern, text) ? INVALID : { ok: true, text, replaced, epochMs: null };
}

const wholePatterns = new WeakMap<RegExp, RegExp>();

function matchesWhole(pattern: RegExp, text: string): boolean {
  let whole = wholePatterns.get(pattern);
  if (whole === undefined) {
    // Without the flags that keep state between calls.
    whole = new RegExp(`^(?:${pattern.source})$`, pattern.flags.replaceAll(/[gy]/g, ''));
    wholePatterns.set(pattern, whole);
  }
  return whole.test(text);
}

function valid(text: string, epochMs: number | null = null): ColumnText {
  return { ok: true, text, replaced: 0, epochMs };
}
