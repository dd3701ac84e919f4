import { batteryAt, replacementsBetween } from './battery.ts';
import { climateAt } from './climate.ts';
import { hash, pick, unit } from './hash.ts';
import { customerOfSlot, customerStay, siteOf, type DeviceSite, type Roster } from './roster.ts';
import { DAY, HOUR, MINUTE } from './time.ts';

const PROCESS = 10;

/** Seconds between two measurements of a device. */
export const MEASUREMENT_INTERVAL = 6 * HOUR;

/** No measurement is recorded later after it was made, and no replacement. */
const LONGEST_MEASUREMENT_DELAY = 5 * DAY;
const LONGEST_REPLACEMENT_DELAY = 7 * DAY;

/** Rows are put in order window by window, so that a long history needs little memory. */
const MEASUREMENT_WINDOW = 6 * HOUR;
const REPLACEMENT_WINDOW = 7 * DAY;

/** A measurement of a battery, as the battery database holds it. Times are seconds. */
export interface BatteryMeasurement {
  readonly device: number;
  readonly measuredAt: number;
  /** Later than `measuredAt`: mostly by minutes, one in ten by hours, one in fifty by days. */
  readonly recordedAt: number;
  /** Volts, three decimals. */
  readonly voltage: number;
  /** Degrees Celsius, two decimals; null when the sensor said nothing. */
  readonly temperature: number | null;
  /** Milliampere, three decimals; null when the sensor said nothing. */
  readonly loadCurrent: number | null;
  /** Of a person who measured by hand, a number; null for the automatic ones. */
  readonly technician: number | null;
}

/** A battery that was replaced. Times are seconds. */
export interface BatteryReplacement {
  readonly device: number;
  readonly replacedAt: number;
  /** Later than `replacedAt`, by minutes to a week. */
  readonly recordedAt: number;
  readonly batteryType: string;
  /** Of the person who did it, a number. */
  readonly technician: number;
}

interface Recorded {
  readonly device: number;
  readonly recordedAt: number;
}

/**
 * The measurements that are recorded in [from, to), in the order in which they are recorded. However a span of time is cut, its
 * pieces hold the same rows in the same order.
 */
export function* measurementsBetween(roster: Roster, from: number, to: number): Generator<BatteryMeasurement> {
  for (const [start, end] of windows(from, to, MEASUREMENT_WINDOW)) {
    const rows: BatteryMeasurement[] = [];
    for (const { site, leftAt } of sitesDuring(roster, start - LONGEST_MEASUREMENT_DELAY, end)) {
      gatherMeasurements(site, leftAt, { start, end }, rows);
    }
    yield* rows.toSorted((a, b) => inOrder(a, b) || a.measuredAt - b.measuredAt);
  }
}

/** The replacements that are recorded in [from, to), in the order in which they are recorded; see {@link measurementsBetween}. */
export function* recordedReplacementsBetween(roster: Roster, from: number, to: number): Generator<BatteryReplacement> {
  for (const [start, end] of windows(from, to, REPLACEMENT_WINDOW)) {
    const rows: BatteryReplacement[] = [];
    for (const { site, leftAt } of sitesDuring(roster, start - LONGEST_REPLACEMENT_DELAY, end)) {
      for (const replacedAt of replacementsBetween(
        site,
        start - LONGEST_REPLACEMENT_DELAY,
        Math.min(end, leftAt) - 1,
      )) {
        const row = replacement(site, replacedAt);
        if (row.recordedAt >= start && row.recordedAt < end) rows.push(row);
      }
    }
    yield* rows.toSorted((a, b) => inOrder(a, b) || a.replacedAt - b.replacedAt);
  }
}

function inOrder(a: Recorded, b: Recorded): number {
  return a.recordedAt - b.recordedAt || a.device - b.device;
}

/** The parts of [from, to) that fall into windows of fixed times. */
function* windows(from: number, to: number, length: number): Generator<readonly [start: number, end: number]> {
  for (let start = from; start < to;) {
    const end = Math.min(to, (Math.floor(start / length) + 1) * length);
    yield [start, end];
    start = end;
  }
}

/** Every device that is in the field at some time of [from, to), with the time at which its customer leaves. */
function* sitesDuring(
  roster: Roster,
  from: number,
  to: number,
): Generator<{ readonly site: DeviceSite; readonly leftAt: number }> {
  for (let slot = 0; slot < roster.slots; slot++) {
    const last = customerOfSlot(roster, slot, to);
    for (let customer = customerOfSlot(roster, slot, from); customer <= last; customer += roster.slots) {
      const { leftAt } = customerStay(roster, customer);
      const size = roster.sizes[slot] ?? 0;
      for (let local = 0; local < size; local++) yield { site: siteOf(roster, customer, local), leftAt };
    }
  }
}

function gatherMeasurements(
  site: DeviceSite,
  leftAt: number,
  { start, end }: { readonly start: number; readonly end: number },
  rows: BatteryMeasurement[],
): void {
  const key = hash(site.key, PROCESS);
  const phase = key % MEASUREMENT_INTERVAL;
  const earliest = Math.max(start - LONGEST_MEASUREMENT_DELAY, site.installedAt);
  const latest = Math.min(end, leftAt);
  let n = Math.ceil((earliest - phase) / MEASUREMENT_INTERVAL);
  for (; phase + n * MEASUREMENT_INTERVAL < latest; n++) {
    const measuredAt = phase + n * MEASUREMENT_INTERVAL;
    const recordedAt = measuredAt + measurementDelay(hash(key, 1), n);
    if (recordedAt >= start && recordedAt < end) rows.push(measurement(site, { n, measuredAt, recordedAt }));
  }
}

function measurementDelay(key: number, n: number): number {
  const chance = unit(key, n);
  if (chance < 0.9) return Math.floor(30 + (chance / 0.9) * 20 * MINUTE);
  if (chance < 0.98) return Math.floor(HOUR + ((chance - 0.9) / 0.08) * 11 * HOUR);
  return Math.floor(DAY + ((chance - 0.98) / 0.02) * 3.5 * DAY);
}

function measurement(
  site: DeviceSite,
  { n, measuredAt, recordedAt }: { readonly n: number; readonly measuredAt: number; readonly recordedAt: number },
): BatteryMeasurement {
  const key = hash(hash(site.key, PROCESS), 2);
  const silent = unit(key, n) < 0.005;
  const byHand = unit(hash(key, 3), n) < 0.02;
  return {
    device: site.device,
    measuredAt,
    recordedAt,
    voltage: batteryAt(site, measuredAt).voltage,
    temperature: silent ? null : climateAt(site, measuredAt).temperature,
    loadCurrent: silent ? null : Math.round(8000 + 17_000 * unit(hash(key, 4), n)) / 1000,
    technician: byHand ? hash(hash(key, 5), n) % 500 : null,
  };
}

function replacement(site: DeviceSite, replacedAt: number): BatteryReplacement {
  const key = hash(hash(site.key, PROCESS), 6);
  const chance = unit(key, replacedAt);
  const delay =
    chance < 0.7
      ? 10 * MINUTE + (chance / 0.7) * 6 * HOUR
      : chance < 0.95
        ? 6 * HOUR + ((chance - 0.7) / 0.25) * 2 * DAY
        : 2 * DAY + ((chance - 0.95) / 0.05) * 4.5 * DAY;
  return {
    device: site.device,
    replacedAt,
    recordedAt: replacedAt + Math.floor(delay),
    batteryType: pick(key, replacedAt + 1, ['ER14505', 'LS14500', 'FR6']),
    technician: hash(key, replacedAt + 2) % 500,
  };
}
