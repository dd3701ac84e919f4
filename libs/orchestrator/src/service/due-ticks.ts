import type { MissedTicks } from '../asset.ts';
import { latestTick, nextTick, type Schedule } from '../schedule.ts';

/** So many missed ticks are made good at most; `ovis-backfill` loads what lies further back. */
export const MOST_MISSED = 31;

/**
 * The ticks of a schedule that are due and have no run yet.
 *
 * @param last the logical time of the newest run; null if there has been none, then only the latest tick is due.
 * @param missed what happens with those that passed while nothing ran. The latest one is due in any case.
 * @returns in order; the oldest are left out where there are more than `MOST_MISSED`.
 */
export function dueTicks(schedule: Schedule, last: Date | null, now: Date, missed: MissedTicks): readonly Date[] {
  const latest = latestTick(schedule, now);
  if (last !== null && latest <= last) return [];
  if (last === null || missed === 'latest') return [latest];
  const ticks: Date[] = [];
  // From the newest back: the gap may be as long as a year.
  for (let tick = latest; tick > last && ticks.length < MOST_MISSED;) {
    ticks.unshift(tick);
    tick = latestTick(schedule, new Date(tick.getTime() - 1));
  }
  return missed === 'skip' ? ticks.filter((tick) => tick === latest && isPunctual(schedule, tick, now)) : ticks;
}

/** Whether a tick is made use of at its time: within a tenth of its period, five minutes at least. */
function isPunctual(schedule: Schedule, tick: Date, now: Date): boolean {
  const period = nextTick(schedule, tick).getTime() - tick.getTime();
  return now.getTime() - tick.getTime() <= Math.max(period / 10, 300_000);
}
