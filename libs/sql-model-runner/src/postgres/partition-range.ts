import type { Granularity, Retention } from './partition-config.ts';

/** The span of one partition, [from, to), as UTC days: `2024-02-01`. */
export interface PartitionRange {
  readonly from: string;
  readonly to: string;
}

const DIGITS: Readonly<Record<Granularity, number>> = { year: 4, month: 6, day: 8 };

/** The span that a moment lies in. */
export function rangeAt(granularity: Granularity, moment: Date): PartitionRange {
  const [year, month, day] = [moment.getUTCFullYear(), moment.getUTCMonth(), moment.getUTCDate()];
  switch (granularity) {
    case 'year':
      return { from: dayText(year, 0, 1), to: dayText(year + 1, 0, 1) };
    case 'month':
      return { from: dayText(year, month, 1), to: dayText(year, month + 1, 1) };
    case 'day':
      return { from: dayText(year, month, day), to: dayText(year, month, day + 1) };
  }
}

/** The span that begins with a day, or that the day lies in. @param day `2024-02-29`. */
export function rangeOf(granularity: Granularity, day: string): PartitionRange {
  return rangeAt(granularity, new Date(`${day}T00:00:00Z`));
}

/** The spans that are made whatever the rows are: of now, and the next one. */
export function rangesAhead(granularity: Granularity, now: Date): readonly PartitionRange[] {
  const current = rangeAt(granularity, now);
  return [current, rangeOf(granularity, current.to)];
}

/** The beginning of the oldest span that is kept: the one that the end of the retention lies in. */
export function oldestKept(granularity: Granularity, retention: Retention, now: Date): string {
  const { count, unit } = retention;
  const [year, month, day] = [now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()];
  if (unit === 'day' || unit === 'week')
    return rangeOf(granularity, dayText(year, month, day - count * (unit === 'week' ? 7 : 1))).from;
  const back = unit === 'year' ? count * 12 : count;
  // As PostgreSQL counts: a month before 31 March is the last day of February.
  const lastDay = new Date(Date.UTC(year, month - back + 1, 0)).getUTCDate();
  return rangeOf(granularity, dayText(year, month - back, Math.min(day, lastDay))).from;
}

/** What tells a partition from others in its name: `202402`. */
export function rangeSuffix(granularity: Granularity, { from }: PartitionRange): string {
  return from.replaceAll('-', '').slice(0, DIGITS[granularity]);
}

function dayText(year: number, month: number, day: number): string {
  return new Date(Date.UTC(year, month, day)).toISOString().slice(0, 10);
}
