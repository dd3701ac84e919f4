import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { eventAt, eventsBetween, lastEventAt, lastEventIndex, type EventSeries } from './event-series.ts';
import { hash, unit } from './hash.ts';

const series = fc.record<EventSeries>({
  key: fc.nat(),
  origin: fc.integer({ min: -1000, max: 1000 }),
  period: fc.integer({ min: 1, max: 50 }),
  jitter: fc.constantFrom(0, 0.3, 1),
});

/** The times of events -30 … 59 of a series: enough for the times that the tests ask about. */
function allTimes(of: EventSeries): number[] {
  return Array.from({ length: 90 }, (_, n) => eventAt(of, n - 30));
}

describe(eventsBetween, () => {
  test('gives the times that counting one by one gives', () => {
    fc.assert(
      fc.property(series, fc.integer({ min: 0, max: 20 }), fc.nat(20), (given, periods, more) => {
        const after = given.origin + periods * given.period;
        const until = after + more * given.period;
        const expected = allTimes(given).filter((time) => time > after && time <= until);
        expect(eventsBetween(given, after, until)).toEqual(expected);
        expect(lastEventIndex(given, until) - lastEventIndex(given, after)).toBe(expected.length);
        expect(lastEventAt(given, until)).toBe(Math.max(...allTimes(given).filter((time) => time <= until)));
      }),
    );
  });

  test('never lets two events of a series happen at once', () => {
    fc.assert(
      fc.property(series, (given) => {
        expect(new Set(allTimes(given)).size).toBe(90);
      }),
    );
  });
});

describe(hash, () => {
  test('spreads neighbouring numbers evenly', () => {
    const buckets = Array.from({ length: 64 }, () => 0);
    for (let i = 0; i < 64_000; i++) {
      const bucket = Math.floor(unit(hash(1, i >> 4), i & 15) * 64);
      buckets[bucket] = (buckets[bucket] ?? 0) + 1;
    }
    // 1000 expected in each; five standard deviations are 158.
    expect(Math.min(...buckets)).toBeGreaterThan(842);
    expect(Math.max(...buckets)).toBeLessThan(1158);
  });
});
