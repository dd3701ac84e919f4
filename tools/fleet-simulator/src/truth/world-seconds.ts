import { SimulatorOptionError } from '../errors.ts';
import { isoDay, WORLD_BEGIN, WORLD_END } from '../world/time.ts';

/**
 * A date as the world counts time: whole seconds since 1970, rounded down.
 *
 * @throws SimulatorOptionError for an invalid date or one that is outside the world's time.
 */
export function worldSeconds(date: Date, option = 'time'): number {
  const seconds = Math.floor(date.getTime() / 1000);
  if (seconds >= WORLD_BEGIN && seconds < WORLD_END) return seconds;
  throw new SimulatorOptionError(
    option,
    `${option} is ${Number.isNaN(seconds) ? 'not a time' : 'outside the simulated world'}; ` +
      `give an ISO 8601 time from ${isoDay(WORLD_BEGIN)} until ${isoDay(WORLD_END)}, as in 2026-11-22T00:00:00Z`,
  );
}
