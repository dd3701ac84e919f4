import { CronExpressionParser, type CronExpression } from 'cron-parser';
import { DateTime } from 'luxon';
import { UsageError } from './errors.ts';

/** A cron expression and the time zone in which it is read. */
export interface Schedule {
  /** Five fields: minute, hour, day of month, month, day of week. */
  readonly cron: string;
  /** IANA name, e.g. `UTC` or `Europe/Berlin`. */
  readonly timeZone: string;
}

function parse({ cron, timeZone }: Schedule, currentDate: Date, tz: string): CronExpression {
  try {
    return CronExpressionParser.parse(cron, { currentDate, tz });
  } catch (cause) {
    throw new UsageError(
      `"${cron}" in time zone "${timeZone}" is no schedule; expected five cron fields such as "0 */12 * * *" and an IANA zone such as "UTC"`,
      { cause },
    );
  }
}

/**
 * The first tick after `instant`. Where clocks are changed it is as cron has it: a fixed hour that is skipped ticks as late as if the clock
 * had not been set forward yet, and one that comes twice ticks the first time; `*` in the hour goes by the time that passes.
 *
 * @throws UsageError if the schedule cannot be read.
 */
export function nextTick(schedule: Schedule, instant: Date): Date {
  if (!hasFixedHour(schedule)) return parse(schedule, instant, schedule.timeZone).next().toDate();
  const walls = parse(schedule, wallOf(schedule, instant, -LONGEST_CHANGE_MS), 'UTC');
  for (;;) {
    const tick = instantOf(schedule, walls.next().toDate());
    if (tick > instant) return tick;
  }
}

/** The last tick at or before `instant`. @throws UsageError if the schedule cannot be read. */
export function latestTick(schedule: Schedule, instant: Date): Date {
  // The library's `prev` is strictly before its start, and ticks are whole seconds.
  if (!hasFixedHour(schedule)) {
    return parse(schedule, new Date(instant.getTime() + 1), schedule.timeZone)
      .prev()
      .toDate();
  }
  const walls = parse(schedule, wallOf(schedule, instant, LONGEST_CHANGE_MS), 'UTC');
  for (;;) {
    const tick = instantOf(schedule, walls.prev().toDate());
    if (tick <= instant) return tick;
  }
}

/** No clock is set by more, but for days that a country leaves out. */
const LONGEST_CHANGE_MS = 3 * 3_600_000;

function hasFixedHour({ cron }: Schedule): boolean {
  return !(cron.trim().split(/\s+/).at(-4) ?? '').includes('*');
}

/** What a clock in the zone shows, written as if it were UTC, and some time before or after. */
function wallOf(schedule: Schedule, instant: Date, shiftMs: number): Date {
  const local = DateTime.fromJSDate(instant, { zone: schedule.timeZone });
  // Lets the library say what is wrong with the zone.
  if (!local.isValid) parse(schedule, instant, schedule.timeZone);
  return new Date(instant.getTime() + local.offset * 60_000 + shiftMs);
}

/** The first moment at which a clock in the zone shows this; where it never does, the moment at which it would have. */
function instantOf({ timeZone }: Schedule, wall: Date): Date {
  const offsetAt = (ms: number): number => DateTime.fromMillis(ms, { zone: timeZone }).offset * 60_000;
  // Of the offsets around a change the greater one gives the earlier moment, if the clock shows it then.
  const before = wall.getTime() - offsetAt(wall.getTime() - DAY_MS);
  const after = wall.getTime() - offsetAt(wall.getTime() + DAY_MS);
  const shown = [before, after].filter((ms) => ms + offsetAt(ms) === wall.getTime());
  return new Date(shown.length > 0 ? Math.min(...shown) : before);
}

const DAY_MS = 86_400_000;

/** Whether a run may bear this logical time. @throws UsageError if the schedule cannot be read. */
export function isTick(schedule: Schedule, instant: Date): boolean {
  return latestTick(schedule, instant).getTime() === instant.getTime();
}

const INSTANT = /^(\d{4}-\d{2}-\d{2})(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2}))?$/;

/**
 * Reads a point in time that a person typed: an RFC 3339 instant with its offset, or a date (its UTC midnight).
 *
 * @throws UsageError for anything else, and for a day that no calendar has.
 */
export function parseInstant(text: string): Date {
  const day = INSTANT.exec(text)?.[1];
  const instant = new Date(text);
  // JavaScript takes 30 February for 2 March.
  const isDay = day !== undefined && !Number.isNaN(Date.parse(day)) && new Date(day).toISOString().startsWith(day);
  if (isDay && !Number.isNaN(instant.getTime())) return instant;
  throw new UsageError(`"${text}" is no point in time; expected e.g. 2026-11-23T12:00:00Z`);
}

/**
 * Reads the logical time that a person typed.
 *
 * @throws UsageError unless it is an RFC 3339 instant (or a UTC date) that the schedule ticks at.
 */
export function parseScheduledFor(schedule: Schedule, text: string): Date {
  const instant = parseInstant(text);
  if (isTick(schedule, instant)) return instant;
  throw new UsageError(
    `${instant.toISOString()} is no tick of the schedule "${schedule.cron}" (${schedule.timeZone}); the ticks around it are ` +
      `${latestTick(schedule, instant).toISOString()} and ${nextTick(schedule, instant).toISOString()}`,
  );
}
