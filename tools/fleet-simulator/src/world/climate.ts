import { below, hash, unit } from './hash.ts';
import type { DeviceSite } from './roster.ts';
import { DAY, HOUR, YEAR } from './time.ts';

const PROCESS = 6;

/** What a device measures of its room. */
export interface Climate {
  /** Degrees Celsius, one decimal. */
  readonly temperature: number;
  /** Per cent, whole. */
  readonly humidity: number;
  /** Per cent open, whole. */
  readonly valvePosition: number;
  /** Degrees Celsius that people asked for, in steps of 0.5. */
  readonly userSetTemp: number;
  /** dBm, whole, -95 … -45. */
  readonly rssi: number;
}

/** The room's climate at a time: seasons, days, habits of the room, and noise. */
export function climateAt(site: DeviceSite, time: number): Climate {
  const key = hash(site.key, PROCESS);
  const cold = 0.5 + 0.5 * Math.cos((2 * Math.PI * (time - 15 * DAY)) / YEAR);
  const daylight = Math.sin((2 * Math.PI * (time - 9 * HOUR)) / DAY);
  const noise = unit(key, time) - 0.5;
  const turned = below(hash(key, -5), Math.floor(time / (3 * DAY)), 3);
  const userSetTemp = 17 + (below(key, -1, 11) + turned) / 2;
  const temperature = userSetTemp + 5 * (1 - cold) + 0.8 * daylight + noise - 0.5;
  const demand = 4 * (userSetTemp - temperature) + 55 * cold * (0.4 + unit(key, -2)) + 8 * noise;
  return {
    temperature: Math.round(temperature * 10) / 10,
    humidity: Math.round(38 + 18 * unit(key, -3) + 8 * (1 - cold) + 6 * noise),
    valvePosition: Math.max(0, Math.min(100, Math.round(demand))),
    userSetTemp,
    rssi: -Math.round(50 + 38 * unit(key, -4) + 6 * (noise + 0.5)),
  };
}
