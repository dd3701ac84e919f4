import { eventAt, eventsBetween, lastEventIndex, type EventSeries } from './event-series.ts';
import { hash, unit } from './hash.ts';
import type { DeviceSite } from './roster.ts';
import { DAY, WORLD_BEGIN } from './time.ts';

const PROCESS = 2;

/** Time of a device's battery replacements: 250 to 900 days apart, give or take a third. */
function replacements(site: DeviceSite): EventSeries {
  const key = hash(site.key, PROCESS);
  const period = Math.floor((250 + 650 * unit(key, -1)) * DAY);
  return { key, origin: WORLD_BEGIN - 20 * 365 * DAY - Math.floor(unit(key, -2) * period), period, jitter: 0.3 };
}

/** The battery of a device at a time. The three values agree with each other. */
export interface BatteryState {
  /** Volts, three decimals: 3.2 when new, 2.1 when empty, with a knee below 15 %. */
  readonly voltage: number;
  /** Per cent, one decimal. */
  readonly level: number;
  /** Whole days until it would be empty. Someone replaces it a little before. */
  readonly remainingDays: number;
}

/** What a device measures of its battery at a time. */
export function batteryAt(site: DeviceSite, time: number): BatteryState {
  const series = replacements(site);
  const n = lastEventIndex(series, time);
  const insertedAt = Math.max(eventAt(series, n), site.installedAt);
  const replacedAt = eventAt(series, n + 1);
  // Replaced when 1 to 10 per cent are left, so it would have lasted that much longer.
  const usedAtReplacement = 0.9 + 0.09 * unit(series.key, -3 - n);
  const lifetime = Math.max(1, (replacedAt - insertedAt) / usedAtReplacement);
  const left = 1 - (time - insertedAt) / lifetime;
  const noise = (unit(series.key, time) - 0.5) * 0.004;
  const volts = 2.1 + 0.55 * left + 0.55 * (1 - Math.exp(-9 * left)) + noise;
  return {
    voltage: Math.round(volts * 1000) / 1000,
    level: Math.round(left * 1000) / 10,
    remainingDays: Math.floor((left * lifetime) / DAY),
  };
}

/** When the battery was last replaced at or before `time`, or -Infinity for the battery that the device came with. */
export function lastReplacementAt(site: DeviceSite, time: number): number {
  const series = replacements(site);
  const replacedAt = eventAt(series, lastEventIndex(series, time));
  return replacedAt > site.installedAt ? replacedAt : -Infinity;
}

/** When batteries were replaced in (after, until], in order. */
export function replacementsBetween(site: DeviceSite, after: number, until: number): number[] {
  return eventsBetween(replacements(site), Math.max(after, site.installedAt), until);
}
