import { unit } from './hash.ts';

/**
 * An endless series of events that needs no memory: event `n` happens once in the `n`-th period, at a time within it
 * that is hashed from the key. So the last event before any time, and how many there were, cost a few operations.
 */
export interface EventSeries {
  /** Hash that the times are drawn from. */
  readonly key: number;
  /** Start of period 0, in seconds. */
  readonly origin: number;
  /** Whole seconds; the mean time between two events. */
  readonly period: number;
  /** Share of the period, 0 … 1, in which the event may fall: 0 is a regular clock, 1 is as irregular as can be. */
  readonly jitter: number;
}

/** When event `n` happens. Strictly increasing in `n`. */
export function eventAt(series: EventSeries, n: number): number {
  return series.origin + n * series.period + Math.floor(unit(series.key, n) * series.jitter * series.period);
}

/** The number of the last event at or before `time`; -1 or less is an event before the series' origin. */
export function lastEventIndex(series: EventSeries, time: number): number {
  const n = Math.floor((time - series.origin) / series.period);
  return eventAt(series, n) <= time ? n : n - 1;
}

/** When the last event at or before `time` happened. */
export function lastEventAt(series: EventSeries, time: number): number {
  return eventAt(series, lastEventIndex(series, time));
}

/** The times of all events in (after, until], in order. */
export function eventsBetween(series: EventSeries, after: number, until: number): number[] {
  const times: number[] = [];
  for (let n = lastEventIndex(series, after) + 1; ; n++) {
    const time = eventAt(series, n);
    if (time > until) return times;
    times.push(time);
  }
}
