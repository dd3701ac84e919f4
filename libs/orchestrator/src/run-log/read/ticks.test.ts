import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UsageError } from '../../errors.ts';
import { periodsIn, uncovered, type Interval } from './ticks.ts';

const HOUR_MS = 3_600_000;
const MIDNIGHT = Date.parse('2026-11-23T00:00:00Z');
const interval = (from: number, to: number): Interval => ({
  start: new Date(MIDNIGHT + from * HOUR_MS),
  end: new Date(MIDNIGHT + to * HOUR_MS),
});

describe(periodsIn, () => {
  test('holds the tick at the start of the range, not the one at its end', () => {
    expect(periodsIn({ cron: '0 */12 * * *', timeZone: 'UTC' }, interval(0, 24))).toEqual([
      interval(0, 12),
      interval(12, 24),
    ]);
    expect(periodsIn({ cron: '0 */12 * * *', timeZone: 'UTC' }, interval(1, 12))).toEqual([]);
  });

  test('is empty for a range that ends before it begins', () => {
    expect(periodsIn({ cron: '0 * * * *', timeZone: 'UTC' }, interval(2, 1))).toEqual([]);
  });

  test('refuses a range with too many ticks', () => {
    const year = interval(0, 366 * 24);
    expect(() => periodsIn({ cron: '0 * * * *', timeZone: 'UTC' }, year)).toThrow(UsageError);
  });
});

describe(uncovered, () => {
  test('takes the end of an interval for not loaded', () => {
    const periods = [interval(0, 12), interval(12, 24), interval(24, 36)];
    expect(uncovered(periods, [interval(0, 12)])).toEqual([interval(12, 24), interval(24, 36)]);
    expect(uncovered(periods, [interval(-12, 24)])).toEqual([interval(24, 36)]);
  });

  test('finds what brute force finds', () => {
    const given = fc.record({
      loaded: fc.array(fc.tuple(fc.integer({ min: -5, max: 30 }), fc.integer({ min: 1, max: 9 })), { maxLength: 8 }),
      everyHours: fc.integer({ min: 1, max: 6 }),
    });
    fc.assert(
      fc.property(given, ({ loaded, everyHours }) => {
        const periods = Array.from({ length: 6 }, (_, n) => interval(n * everyHours, (n + 1) * everyHours));
        const intervals = loaded
          .map(([start, hours]) => interval(start, start + hours))
          .toSorted((a, b) => a.start.getTime() - b.start.getTime());
        const byBruteForce = periods.filter(
          ({ start: tick }) => !intervals.some(({ start, end }) => start <= tick && tick < end),
        );
        expect(uncovered(periods, intervals)).toEqual(byBruteForce);
      }),
    );
  });
});
