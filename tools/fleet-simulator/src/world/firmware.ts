import { eventAt, lastEventIndex, type EventSeries } from './event-series.ts';
import { hash, hashText, unit } from './hash.ts';
import type { DeviceSite } from './roster.ts';
import { DAY, WORLD_BEGIN, YEAR } from './time.ts';

const PROCESS = 1;

/** From a release until the last device has it. */
const ROLLOUT_SECONDS = 35 * DAY;

/** Of the devices, this share passes over a release. */
const SKIPPED_SHARE = 0.03;

/** Releases are the vendor's, not the fleet's: they are the same for every seed. */
const RELEASES: EventSeries = {
  key: hashText('firmware releases'),
  origin: WORLD_BEGIN - 10 * YEAR,
  period: 70 * DAY,
  jitter: 0.5,
};

/** Of each hardware revision, the last release that runs on it. */
const LAST_RELEASE: readonly number[] = [74, 86];

/** The version text of a release: ten minors a major, e.g. `4.6.1`. */
export function firmwareVersion(release: number): string {
  return `${1 + Math.floor(release / 20)}.${release % 20}.${hash(RELEASES.key, release) % 3}`;
}

/** A release of the firmware. */
export interface FirmwareRelease {
  readonly release: number;
  readonly version: string;
  /** When its rollout begins, in seconds. It takes five weeks: slow, then fast, then slow. */
  readonly releasedAt: number;
}

/** All releases in (after, until], the same for every seed. */
export function firmwareReleases(after: number, until: number): FirmwareRelease[] {
  const releases: FirmwareRelease[] = [];
  for (let release = lastEventIndex(RELEASES, after) + 1; eventAt(RELEASES, release) <= until; release++) {
    releases.push({ release, version: firmwareVersion(release), releasedAt: eventAt(RELEASES, release) });
  }
  return releases;
}

/** The hardware revision of a device, from 1: what was built when it was installed. */
export function hardwareRevision(site: DeviceSite): number {
  const age = (site.installedAt - WORLD_BEGIN) / YEAR;
  return 1 + Math.max(0, Math.min(4, Math.floor(age / 2 + unit(hash(site.key, PROCESS), -1))));
}

/** When a device installs a release; Infinity if it never does. Later releases are always installed later. */
function installedReleaseAt(key: number, release: number): number {
  if (unit(key, 2 * release) < SKIPPED_SHARE) return Infinity;
  const rank = unit(key, 2 * release + 1);
  // The inverse of the smoothstep 3x² - 2x³: the share of the fleet that has the release after the share x of the rollout.
  const share = 0.5 - Math.sin(Math.asin(1 - 2 * rank) / 3);
  return eventAt(RELEASES, release) + Math.floor(share * ROLLOUT_SECONDS);
}

function lastReleaseFor(site: DeviceSite): number {
  return LAST_RELEASE[hardwareRevision(site) - 1] ?? Infinity;
}

/** The release that a device runs at a time. */
export function firmwareAt(site: DeviceSite, time: number): number {
  const key = hash(site.key, PROCESS);
  let release = Math.min(lastEventIndex(RELEASES, time), lastReleaseFor(site));
  while (release > 0 && installedReleaseAt(key, release) > time) release--;
  return release;
}

/** The release that a device is meant to run: the newest one out that it will not pass over. */
export function firmwareTargetAt(site: DeviceSite, time: number): number {
  const key = hash(site.key, PROCESS);
  let release = Math.min(lastEventIndex(RELEASES, time), lastReleaseFor(site));
  while (release > 0 && installedReleaseAt(key, release) === Infinity) release--;
  return release;
}

/** When a device last installed a release at or before `time`. */
export function lastFirmwareInstallAt(site: DeviceSite, time: number): number {
  return installedReleaseAt(hash(site.key, PROCESS), firmwareAt(site, time));
}

/** When a device installed releases in (after, until], in order. */
export function firmwareInstallsBetween(site: DeviceSite, after: number, until: number): number[] {
  const key = hash(site.key, PROCESS);
  const last = Math.min(lastEventIndex(RELEASES, until), lastReleaseFor(site));
  const times: number[] = [];
  for (let release = Math.max(0, firmwareAt(site, after)) + 1; release <= last; release++) {
    const time = installedReleaseAt(key, release);
    if (time > after && time <= until) times.push(time);
  }
  return times;
}
