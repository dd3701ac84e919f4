import { replacementsBetween } from '../world/battery.ts';
import { calibrationsBetween } from '../world/calibrations.ts';
import { firmwareInstallsBetween, firmwareVersion } from '../world/firmware.ts';
import { customerId, deviceId } from '../world/ids.ts';
import { resetsBetween } from '../world/resets.ts';
import type { DeviceSite } from '../world/roster.ts';
import { isoTime } from '../world/time.ts';
import type { World } from '../world/world.ts';

/** What a device said in the last report that came before a query: the facts, without the untidy profile's defects. */
export interface Snapshot {
  readonly lastSeenAt: string;
  /** Seconds. */
  readonly uptime: number;
  readonly calibrationTotal: number;
  readonly embeddedVersion: string;
  /** Volts. */
  readonly batteryVoltage: number;
}

/**
 * What happened to a device between two queries, as far as the second one can know: after the last report before the
 * first query, up to and including the last report before the second. Nothing, when no report came between them.
 */
export interface DeviceChanges {
  readonly deviceId: string;
  readonly customerId: string;
  /** Null when the device was not in the field yet; the events then count from its installation. */
  readonly previous: Snapshot | null;
  readonly current: Snapshot;
  /** When it reset, in order; new firmware and a new battery are resets too. */
  readonly resets: readonly string[];
  /** Whether its uptime is less than at the previous query. A reset may hide: it is then at least as long ago as before. */
  readonly uptimeFell: boolean;
  /** When it was calibrated, in order; as many as `calibrationTotal` grew. */
  readonly calibrations: readonly string[];
  /** When it installed firmware, in order. */
  readonly firmwareInstalls: readonly string[];
  /** When its battery was replaced, in order. */
  readonly batteryReplacements: readonly string[];
}

/** Computes the changes between queries at `from` and `to`, in seconds; `site` must be in the field at `to`. */
export function deviceChanges(world: World, site: DeviceSite, from: number, to: number): DeviceChanges {
  const isoTimes = (times: readonly number[]): string[] => times.map(isoTime);
  const before = from < site.installedAt ? null : world.deviceState(site, from);
  const now = world.deviceState(site, to);
  const after = before?.seenAt ?? site.installedAt;
  const snapshot = (state: typeof now): Snapshot => ({
    lastSeenAt: isoTime(state.seenAt),
    uptime: state.uptime,
    calibrationTotal: state.calibrationTotal,
    embeddedVersion: firmwareVersion(state.firmware),
    batteryVoltage: state.batteryVoltage,
  });
  return {
    deviceId: deviceId(site.device),
    customerId: customerId(site.customer),
    previous: before === null ? null : snapshot(before),
    current: snapshot(now),
    resets: isoTimes(resetsBetween(site, after, now.seenAt)),
    uptimeFell: before !== null && now.uptime < before.uptime,
    calibrations: isoTimes(calibrationsBetween(site, after, now.seenAt)),
    firmwareInstalls: isoTimes(firmwareInstallsBetween(site, after, now.seenAt)),
    batteryReplacements: isoTimes(replacementsBetween(site, after, now.seenAt)),
  };
}
