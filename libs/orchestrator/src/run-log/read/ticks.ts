import { UsageError } from '../../errors.ts';
import { nextTick, type Schedule } from '../../schedule.ts';

/** A half-open interval of logical time. */
export interface Interval {
  readonly start: Date;
  readonly end: Date;
}

/** The most ticks that are looked at in one question: a year of a schedule that ticks twice a day, and more. */
export const MOST_TICKS = 1_000;

/**
 * The periods of a schedule that begin in a range: each from its tick to the next one.
 *
 * @param range half-open.
 * @returns in order; they follow each other without a gap.
 * @throws UsageError if there are more than `MOST_TICKS`.
 */
export function periodsIn(schedule: Schedule, range: Interval): readonly Interval[] {
  const periods: Interval[] = [];
  let start = nextTick(schedule, new Date(range.start.getTime() - 1));
  while (start < range.end) {
    if (periods.length === MOST_TICKS) {
      throw new UsageError(
        `the range holds more than ${String(MOST_TICKS)} ticks of "${schedule.cron}"; ask for parts of it`,
      );
    }
    const end = nextTick(schedule, start);
    periods.push({ start, end });
    start = end;
  }
  return periods;
}

/**
 * Of these periods, those whose tick no interval holds.
 *
 * @param loaded half-open, sorted by start; may overlap, as they do after a change of the schedule.
 */
export function uncovered<Period extends Interval>(
  periods: readonly Period[],
  loaded: readonly Interval[],
): readonly Period[] {
  let next = 0;
  let coveredUntilMs = -Infinity;
  return periods.filter(({ start }) => {
    for (let interval = loaded[next]; interval && interval.start <= start; interval = loaded[++next]) {
      coveredUntilMs = Math.max(coveredUntilMs, interval.end.getTime());
    }
    return start.getTime() >= coveredUntilMs;
  });
}
