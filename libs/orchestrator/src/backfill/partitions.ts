import { periodsIn } from '../run-log/read/ticks.ts';
import type { Schedule } from '../schedule.ts';
import { addDays, dayOf, daysIn, type DayRange } from './day-range.ts';

/** A day of an asset, and the ticks whose runs load it. */
export interface Partition {
  /** `YYYY-MM-DD`, UTC. */
  readonly day: string;
  readonly ticks: readonly { readonly start: Date; readonly end: Date }[];
}

/**
 * The days of a range with the ticks that load them: a snapshot is of the day on which it is taken; everything else is loaded on the day
 * after, when the day is over.
 *
 * @throws UsageError if the range holds too many ticks for one question.
 */
export function partitionsOf(schedule: Schedule, isSnapshot: boolean, range: DayRange): readonly Partition[] {
  const shift = isSnapshot ? 0 : 1;
  const ticks = periodsIn(schedule, {
    start: new Date(addDays(range.from, shift)),
    end: new Date(addDays(range.to, shift)),
  });
  const byDay = Map.groupBy(ticks, ({ start }) => addDays(dayOf(start), -shift));
  return daysIn(range).map((day) => ({ day, ticks: byDay.get(day) ?? [] }));
}

/** The day that a run of a tick loads. */
export function dayOfTick(tick: Date, isSnapshot: boolean): string {
  return addDays(dayOf(tick), isSnapshot ? 0 : -1);
}
