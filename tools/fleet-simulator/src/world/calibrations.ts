import { eventsBetween, lastEventIndex, type EventSeries } from './event-series.ts';
import { hash, unit } from './hash.ts';
import type { DeviceSite } from './roster.ts';
import { DAY } from './time.ts';

const PROCESS = 5;

/** Calibrations: three in a hundred devices every few hours, the others every 5 to 45 days, counted since production. */
function calibrations(site: DeviceSite): EventSeries {
  const key = hash(site.key, PROCESS);
  const days = unit(key, -1) < 0.03 ? 0.1 + 0.4 * unit(key, -2) : 5 + 40 * unit(key, -2);
  const producedAt = site.installedAt - Math.floor((5 + 85 * unit(key, -3)) * DAY);
  return { key, origin: producedAt, period: Math.floor(days * DAY), jitter: 1 };
}

/** How often a device was calibrated since its production, up to and including `time`. Never falls. */
export function calibrationTotal(site: DeviceSite, time: number): number {
  return lastEventIndex(calibrations(site), time) + 1;
}

/** When a device was calibrated in (after, until], in order. */
export function calibrationsBetween(site: DeviceSite, after: number, until: number): number[] {
  return eventsBetween(calibrations(site), after, until);
}
