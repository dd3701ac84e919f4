import { CronExpressionParser } from 'cron-parser';
import { UsageError } from './errors.ts';

/** A cron expression and the time zone in which it is read. */
export interface Schedule {
  /** Five fields: minute, hour, day of month, month, day of week. */
  readonly cron: string;
  /** IANA name, e.g. `UTC` or `Europe/Berlin`. */
  readonly timeZone: string;
}

function parse(schedule: Schedule, currentDate: Date): ReturnType<typeof CronExpressionParser.parse> {
  try {
    return CronExpressionParser.parse(schedule.cron, { currentDate, tz: schedule.timeZone });
  } catch (cause) {
    throw new UsageError(
      `"${schedule.cron}" in time zone "${schedule.timeZone}" is no schedule; expected five cron fields such as "0 */12 * * *" and an IANA zone such as "UTC"`,
      { cause },
    );
  }
}

/** The first tick after `instant`. @throws UsageError if the schedule cannot be read. */
export function nextTick(schedule: Schedule, instant: Date): Date {
  return parse(schedule, instant).next().toDate();
}

/** The last tick at or before `instant`. @throws UsageError if the schedule cannot be read. */
export function latestTick(schedule: Schedule, instant: Date): Date {
  // The library's `prev` is strictly before its start, and ticks are whole seconds.
  return parse(schedule, new Date(instant.getTime() + 1))
    .prev()
    .toDate();
}

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
