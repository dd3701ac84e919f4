import { eventAt, lastEventIndex, type EventSeries } from './event-series.ts';
import { hash, pick, unit } from './hash.ts';
import type { DeviceSite } from './roster.ts';
import { DAY, MINUTE, WORLD_BEGIN } from './time.ts';

const PROCESS = 3;

/** No outage is longer; less than the shortest period between two outages, so at most two touch one moment. */
const LONGEST_OUTAGE_SECONDS = 10 * DAY;

/** A half-open span of time, in seconds. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Seconds between two reports of a device. */
export function reportInterval(site: DeviceSite): number {
  return pick(hash(site.key, PROCESS), -1, [10 * MINUTE, 15 * MINUTE, 15 * MINUTE, 30 * MINUTE, 60 * MINUTE]);
}

/** The last scheduled report at or before `time`, whether or not it got through. */
function reportSlot(site: DeviceSite, time: number): number {
  const interval = reportInterval(site);
  const phase = site.key % interval;
  return time - ((time - phase) % interval);
}

/** How many reports are scheduled in [start, end). */
export function scheduledReports(site: DeviceSite, start: number, end: number): number {
  const interval = reportInterval(site);
  const phase = site.key % interval;
  return end <= start ? 0 : Math.ceil((end - phase) / interval) - Math.ceil((start - phase) / interval);
}

function outages(site: DeviceSite): EventSeries {
  const key = hash(site.key, PROCESS);
  const period = Math.floor((12 + 48 * unit(key, -2)) * DAY);
  return { key, origin: WORLD_BEGIN - 100 * DAY - Math.floor(unit(key, -3) * period), period, jitter: 1 };
}

/** From 20 minutes to ten days; one in five lasts longer than a day. */
function outage(series: EventSeries, n: number): Span {
  const start = eventAt(series, n);
  const length = 1200 * Math.exp(6.6 * unit(series.key, -1000 - n) ** 2);
  return { start, end: start + Math.min(LONGEST_OUTAGE_SECONDS, Math.floor(length)) };
}

/** When a device was cut off within [start, end]: spans in order that do not overlap, not clipped at `start` and `end`. */
export function outagesBetween(site: DeviceSite, start: number, end: number): Span[] {
  const series = outages(site);
  const spans: Span[] = [];
  const last = lastEventIndex(series, end);
  for (let n = lastEventIndex(series, start - LONGEST_OUTAGE_SECONDS); n <= last; n++) {
    const next = outage(series, n);
    const before = spans.at(-1);
    if (before !== undefined && next.start <= before.end) {
      spans[spans.length - 1] = { start: before.start, end: Math.max(before.end, next.end) };
    } else if (next.end > start) {
      spans.push(next);
    }
  }
  return spans;
}

/** When the last report got through at or before `time`; a device reports first when it is installed. */
export function lastSeenAt(site: DeviceSite, time: number): number {
  let seen = reportSlot(site, time);
  for (;;) {
    const cutOff = outagesBetween(site, seen, seen).at(-1);
    if (cutOff === undefined || seen <= site.installedAt) return Math.max(seen, site.installedAt);
    // The report before this outage may fall into another one.
    seen = reportSlot(site, cutOff.start - 1);
  }
}

/** Share of the day before `time` in which a device was connected: 0 … 1, three decimals. */
export function connectedShare(site: DeviceSite, time: number): number {
  let lost = 0;
  for (const span of outagesBetween(site, time - DAY, time)) {
    lost += Math.min(span.end, time) - Math.max(span.start, time - DAY);
  }
  return Math.round((1 - lost / DAY) * 1000) / 1000;
}

/** Whether a device keeps what it could not send and sends it once it is connected again. */
export function buffersReports(site: DeviceSite): boolean {
  return unit(hash(site.key, PROCESS), -4) < 0.5;
}
