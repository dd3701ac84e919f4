import { batteryAt } from './battery.ts';
import { climateAt } from './climate.ts';
import { hash, unit } from './hash.ts';
import { buffersReports, outagesBetween, scheduledReports } from './presence.ts';
import type { DeviceSite } from './roster.ts';
import { DAY, HOUR } from './time.ts';

const PROCESS = 8;

/** The metrics of the contract, in its order. */
export const METRICS = ['valveMovement', 'temperature', 'humidity', 'batteryVoltage', 'rssi'] as const;
export type Metric = (typeof METRICS)[number];

const UNITS: Readonly<Record<Metric, string>> = {
  valveMovement: 'per cent',
  temperature: 'degC',
  humidity: 'per cent',
  batteryVoltage: 'V',
  rssi: 'dBm',
};

/** One metric of one device over one UTC day, as far as the backend knows it. */
export interface DailyAggregate {
  readonly device: number;
  /** Start of the day, in seconds. */
  readonly day: number;
  readonly metric: Metric;
  readonly unit: string;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  /** Only movements add up; null for the other metrics. */
  readonly sum: number | null;
  /** Reports of the day that the backend has; never 0. */
  readonly sampleCount: number;
}

/**
 * How many reports of a day the backend has at a time. Half of the devices send later what they could not send during
 * an outage, so the count of a day that is over may still grow.
 */
export function reportsOfDay(site: DeviceSite, day: number, time: number): number {
  const start = Math.max(day, site.installedAt);
  const end = Math.min(day + DAY, time + 1);
  if (end <= start) return 0;
  let count = scheduledReports(site, start, end);
  for (const outage of outagesBetween(site, start, end)) {
    if (outage.end <= time && buffersReports(site)) continue;
    count -= scheduledReports(site, Math.max(start, outage.start), Math.min(end, outage.end));
  }
  return count;
}

/** A metric of a device's day, as the backend knows it at a time; null when it has no report of that day. */
export function dailyAggregateAt(site: DeviceSite, metric: Metric, day: number, time: number): DailyAggregate | null {
  const sampleCount = reportsOfDay(site, day, time);
  if (sampleCount <= 0) return null;
  const { low, typical, high } = rangeOfDay(site, metric, day);
  // Reports that come late move the mean a little.
  const share = 0.45 + 0.1 * unit(hash(hash(site.key, PROCESS), day), sampleCount);
  const mean = round(low + (high - low) * share * (typical ? 1 : 0.3), metric);
  const sum = metric === 'valveMovement' ? round(mean * sampleCount, metric) : null;
  return { device: site.device, day, metric, unit: UNITS[metric], min: low, max: high, mean, sum, sampleCount };
}

/** Lowest and highest value of a day; `typical` when values spread evenly between them. */
function rangeOfDay(site: DeviceSite, metric: Metric, day: number): { low: number; typical: boolean; high: number } {
  if (metric === 'batteryVoltage') {
    const voltages = [batteryAt(site, day).voltage, batteryAt(site, day + DAY - 1).voltage];
    return { low: Math.min(...voltages), typical: true, high: Math.max(...voltages) };
  }
  const night = climateAt(site, day + 3 * HOUR);
  const noon = climateAt(site, day + 15 * HOUR);
  if (metric === 'valveMovement') {
    return { low: 0, typical: false, high: Math.max(1, Math.abs(noon.valvePosition - night.valvePosition)) };
  }
  return { low: Math.min(night[metric], noon[metric]), typical: true, high: Math.max(night[metric], noon[metric]) };
}

function round(value: number, metric: Metric): number {
  const scale = metric === 'batteryVoltage' ? 1000 : 100;
  return Math.round(value * scale) / scale;
}
