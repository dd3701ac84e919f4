import { batteryAt, lastReplacementAt } from './battery.ts';
import { below, hash, hashText, unit } from './hash.ts';
import { lastSeenAt } from './presence.ts';
import type { DeviceSite } from './roster.ts';
import { DAY, HOUR, MINUTE, WORLD_BEGIN } from './time.ts';

const PROCESS = 9;

/** The algorithms that predict how long a battery lasts, in the order of their names. */
export const ALGORITHMS = ['coulomb-count', 'voltage-knee'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

/** Seconds into a day at which its evaluation looks at the fleet, at which its parts are there, and at which it is complete. */
export const EVALUATION_BEGINS = HOUR;
export const PARTS_WRITTEN = HOUR + 45 * MINUTE;
export const FOLDER_COMPLETE = 2 * HOUR;

/** Of the days, this share is evaluated again three days later, with the next patch of the algorithm. */
const REPEATED_SHARE = 0.04;
const REPEATED_AFTER = 3 * DAY + 5 * HOUR;

/** Of the devices, this share has no result any more once a day was evaluated again. */
const WITHDRAWN_SHARE = 0.002;

/** The evaluation of a day by an algorithm. */
export interface EvaluationRun {
  readonly algorithm: Algorithm;
  /** Start of the day, in seconds. */
  readonly day: number;
  /** 0 for the first evaluation, 1 once the day was evaluated again. */
  readonly revision: 0 | 1;
}

/** What an algorithm predicts for a device on a day. */
export interface Evaluation {
  readonly site: DeviceSite;
  readonly run: EvaluationRun;
  readonly algorithmVersion: string;
  /** Seconds; between 01:00 and 01:40 of the day, also when the day is evaluated again. */
  readonly evaluatedAt: number;
  /** Whole days; falls as the battery drains and rises when it is replaced, as the voltage does. */
  readonly predictedRemainingDays: number;
  /** 0.55 … 0.99, two decimals. */
  readonly confidence: number;
  /** Volts a day over the last week with this battery, four decimals. */
  readonly voltageSlope: number;
  readonly coldStarts: number;
}

/** How often a day has been evaluated until `time`, less one. */
export function revisionAt(seedKey: number, algorithm: Algorithm, day: number, time: number): 0 | 1 {
  const repeated = unit(hash(seedKey, hashText(algorithm)), day / DAY) < REPEATED_SHARE;
  return repeated && time >= day + REPEATED_AFTER ? 1 : 0;
}

/** What an algorithm predicts for a device that is in the field at 01:00 of the day; null if that was withdrawn. */
export function evaluationOf(site: DeviceSite, run: EvaluationRun): Evaluation | null {
  const { algorithm, day, revision } = run;
  const key = hash(hash(site.key, PROCESS), hashText(algorithm));
  const today = hash(key, day / DAY);
  if (revision > 0 && unit(today, 1) < WITHDRAWN_SHARE) return null;
  const evaluatedAt = day + EVALUATION_BEGINS + below(today, 2, 40 * MINUTE);
  // The evaluation knows what the backend knows: the last report that got through.
  const seenAt = lastSeenAt(site, evaluatedAt);
  const battery = batteryAt(site, seenAt);
  // Each algorithm is wrong about a battery in its own way, and stays so: a repeated evaluation corrects half of it.
  const bias = (0.2 * (unit(key, -1) - 0.5)) / (1 + revision);
  return {
    site,
    run,
    algorithmVersion: versionAt(algorithm, day, revision),
    evaluatedAt,
    predictedRemainingDays: Math.max(0, Math.round(battery.remainingDays * (1 + bias))),
    confidence: Math.round((0.55 + 0.44 * unit(today, 3)) * 100) / 100,
    voltageSlope: voltageSlope(site, seenAt, battery.voltage),
    coldStarts: below(today, 4, 6),
  };
}

/** A minor version a quarter; a repeated evaluation has the next patch. */
function versionAt(algorithm: Algorithm, day: number, revision: number): string {
  const quarters = Math.floor((day - WORLD_BEGIN) / (91 * DAY));
  return `${algorithm === 'voltage-knee' ? 2 : 1}.${quarters}.${revision}`;
}

function voltageSlope(site: DeviceSite, seenAt: number, voltage: number): number {
  const from = Math.max(seenAt - 7 * DAY, lastReplacementAt(site, seenAt), site.installedAt);
  const days = (seenAt - from) / DAY;
  // `+ 0`: JSON has no negative zero.
  return days < 1 ? 0 : Math.round(((voltage - batteryAt(site, from).voltage) / days) * 10_000) / 10_000 + 0;
}
