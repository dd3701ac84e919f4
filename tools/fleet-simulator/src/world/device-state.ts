import { batteryAt } from './battery.ts';
import { calibrationTotal } from './calibrations.ts';
import { climateAt } from './climate.ts';
import { firmwareAt, firmwareTargetAt, hardwareRevision } from './firmware.ts';
import { below, hash, pick, unit } from './hash.ts';
import { connectedShare, lastSeenAt, reportInterval } from './presence.ts';
import { lastStartAt } from './resets.ts';
import type { DeviceSite } from './roster.ts';
import { HOUR } from './time.ts';

const PROCESS = 7;

/** From this release on devices know adaptive heating; from the other on their display can be turned. */
const ADAPTIVE_SINCE_RELEASE = 75;
const ORIENTATION_SINCE_RELEASE = 87;

export type HeatingMode = 'AUTO' | 'MANUAL' | 'OFF' | 'HOLIDAY' | 'BOOST';

/** The last report of a device that the backend holds. All values are as of `seenAt`, not as of the time of asking. */
export interface DeviceState {
  readonly site: DeviceSite;
  /** When the report came, in seconds. */
  readonly seenAt: number;
  /** Seconds since the last start. */
  readonly uptime: number;
  /** Number of the firmware release that runs. */
  readonly firmware: number;
  /** Number of the firmware release that it should run. */
  readonly firmwareTarget: number;
  /** From 1. */
  readonly hardwareRevision: number;
  readonly batteryVoltage: number;
  readonly batteryLevel: number;
  readonly batteryRemainingDays: number;
  readonly valvePosition: number;
  readonly temperature: number;
  readonly humidity: number;
  readonly calibrationTotal: number;
  readonly ratio24h: number;
  readonly rssi: number;
  readonly userSetTemp: number;
  readonly heatingMode: HeatingMode;
  readonly windowOpenDetection: boolean;
  readonly frostProtectionTemp: number;
  readonly valveOffset: number;
  /** Seconds. */
  readonly reportInterval: number;
  /** Seconds. */
  readonly boostDuration: number;
  readonly childLock: boolean;
  readonly maxSetTemp: number;
  readonly minSetTemp: number;
  /** Undefined where the firmware does not know it. */
  readonly adaptiveHeating: boolean | undefined;
  /** Undefined where the firmware does not know it. */
  readonly displayOrientation: 'normal' | 'flipped' | undefined;
}

/** What the backend holds of a device at a time: its last report that got through. */
export function deviceStateAt(site: DeviceSite, time: number): DeviceState {
  const seenAt = lastSeenAt(site, time);
  const key = hash(site.key, PROCESS);
  const battery = batteryAt(site, seenAt);
  const climate = climateAt(site, seenAt);
  const firmware = firmwareAt(site, seenAt);
  const mood = unit(hash(key, -1), Math.floor(seenAt / (6 * HOUR)));
  return {
    site,
    seenAt,
    uptime: seenAt - lastStartAt(site, seenAt),
    firmware,
    firmwareTarget: firmwareTargetAt(site, seenAt),
    hardwareRevision: hardwareRevision(site),
    batteryVoltage: battery.voltage,
    batteryLevel: battery.level,
    batteryRemainingDays: battery.remainingDays,
    valvePosition: climate.valvePosition,
    temperature: climate.temperature,
    humidity: climate.humidity,
    calibrationTotal: calibrationTotal(site, seenAt),
    ratio24h: connectedShare(site, seenAt),
    rssi: climate.rssi,
    userSetTemp: climate.userSetTemp,
    heatingMode: mood < 0.7 ? 'AUTO' : mood < 0.9 ? 'MANUAL' : mood < 0.94 ? 'OFF' : mood < 0.98 ? 'HOLIDAY' : 'BOOST',
    windowOpenDetection: unit(key, -2) < 0.8,
    frostProtectionTemp: 5 + Math.floor(unit(key, -3) * 7) / 2,
    valveOffset: (below(key, -4, 41) - 20) / 10,
    reportInterval: reportInterval(site),
    boostDuration: pick(key, -5, [300, 600, 900]),
    childLock: unit(key, -6) < 0.15,
    maxSetTemp: pick(key, -7, [26, 28, 30]),
    minSetTemp: pick(key, -8, [5, 8, 12]),
    adaptiveHeating: firmware >= ADAPTIVE_SINCE_RELEASE ? unit(key, -9) < 0.6 : undefined,
    displayOrientation:
      firmware >= ORIENTATION_SINCE_RELEASE ? (unit(key, -10) < 0.9 ? 'normal' : 'flipped') : undefined,
  };
}
