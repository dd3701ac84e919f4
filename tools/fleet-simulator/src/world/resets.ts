import { lastReplacementAt, replacementsBetween } from './battery.ts';
import { eventsBetween, lastEventAt, type EventSeries } from './event-series.ts';
import { firmwareInstallsBetween, lastFirmwareInstallAt } from './firmware.ts';
import { hash, unit } from './hash.ts';
import type { DeviceSite } from './roster.ts';
import { DAY, WORLD_BEGIN } from './time.ts';

const PROCESS = 4;

/** Resets of a device's own: two in a hundred devices reset every few hours, the others every 15 to 90 days. */
function crashes(site: DeviceSite): EventSeries {
  const key = hash(site.key, PROCESS);
  const days = unit(key, -1) < 0.02 ? 0.2 + unit(key, -2) : 15 + 75 * unit(key, -2);
  const period = Math.floor(days * DAY);
  return { key, origin: WORLD_BEGIN - 100 * DAY - Math.floor(unit(key, -3) * period), period, jitter: 1 };
}

/** When a device last started at or before `time`: first when installed, then at each reset. */
export function lastStartAt(site: DeviceSite, time: number): number {
  return Math.max(
    site.installedAt,
    lastEventAt(crashes(site), time),
    lastFirmwareInstallAt(site, time),
    lastReplacementAt(site, time),
  );
}

/** When a device reset in (after, until], in order: by itself, by new firmware, or because its battery was replaced. */
export function resetsBetween(site: DeviceSite, after: number, until: number): number[] {
  const from = Math.max(after, site.installedAt);
  if (until <= from) return [];
  const times = [
    ...eventsBetween(crashes(site), from, until),
    ...firmwareInstallsBetween(site, from, until),
    ...replacementsBetween(site, from, until),
  ];
  return [...new Set(times)].toSorted((a, b) => a - b);
}
