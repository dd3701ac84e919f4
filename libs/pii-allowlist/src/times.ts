import { AllowlistDefinitionError } from './errors.ts';
import { makeField, type Field, type FieldOptions } from './field.ts';
import { formatTimestamp, parseDate, parseTimestamp } from './rfc3339.ts';

/** A time lies within its years: a clock that was never set (1970) or runs wild is a mismatch. */
export interface TimeOptions<Key extends boolean = boolean> extends FieldOptions<Key> {
  /** First UTC year that passes. Default: 2000. */
  readonly minYear?: number;
  /** Last UTC year that passes. Default: 2099. */
  readonly maxYear?: number;
}

/** An RFC 3339 date-time with any offset; it becomes UTC text of one form, `2026-11-22T01:40:12.000Z`, which sorts by time. */
export function timestamp<const Key extends boolean = false>(options: TimeOptions<Key>): Field<string, Key> {
  const { startMs, endMs, years } = yearRange(options);
  const read = (raw: unknown): string | undefined => {
    if (typeof raw !== 'string') return undefined;
    const ms = parseTimestamp(raw);
    return ms !== undefined && ms >= startMs && ms < endMs ? formatTimestamp(raw, ms) : undefined;
  };
  return makeField(
    { type: 'timestamp', accepts: `an RFC 3339 date-time of the years ${years}`, read, write: quote },
    options,
  );
}

/** A day as RFC 3339 writes it: `2026-11-22`. */
export function date<const Key extends boolean = false>(options: TimeOptions<Key>): Field<string, Key> {
  const { startMs, endMs, years } = yearRange(options);
  const read = (raw: unknown): string | undefined => {
    if (typeof raw !== 'string') return undefined;
    const ms = parseDate(raw);
    return ms !== undefined && ms >= startMs && ms < endMs ? raw : undefined;
  };
  return makeField({ type: 'date', accepts: `a day (YYYY-MM-DD) of the years ${years}`, read, write: quote }, options);
}

function yearRange(options: TimeOptions): { readonly startMs: number; readonly endMs: number; readonly years: string } {
  const { minYear = 2000, maxYear = 2099 } = options;
  if (
    !Number.isInteger(minYear) ||
    !Number.isInteger(maxYear) ||
    minYear < 1583 ||
    maxYear > 9998 ||
    minYear > maxYear
  ) {
    throw new AllowlistDefinitionError(null, `the years ${minYear} to ${maxYear} are no range within 1583 to 9998`);
  }
  return { startMs: Date.UTC(minYear, 0), endMs: Date.UTC(maxYear + 1, 0), years: `${minYear} to ${maxYear}` };
}

/** JSON text of a time: nothing in it needs an escape. */
function quote(value: string): string {
  return `"${value}"`;
}
