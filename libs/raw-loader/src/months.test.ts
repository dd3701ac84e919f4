import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isMonth, monthOf, monthsBetween } from './months.ts';

describe(monthsBetween, () => {
  test.each([
    ['2026-11-22T00:00:00Z', '2026-11-23T00:00:00Z', ['2026-11']],
    ['2026-11-30T23:59:59Z', '2026-12-01T00:00:00Z', ['2026-11']],
    ['2026-11-30T23:59:59Z', '2026-12-01T00:00:01Z', ['2026-11', '2026-12']],
    ['2026-12-31T00:00:00Z', '2027-02-01T00:00:01Z', ['2026-12', '2027-01', '2027-02']],
    ['2026-11-22T00:00:00Z', '2026-11-22T00:00:00Z', ['2026-11']],
  ])('from %s until %s is %o', (from, until, months) => {
    expect(monthsBetween(new Date(from), new Date(until))).toEqual(months);
  });

  test('holds the month of every moment of the interval', () => {
    const moment = fc.date({ min: new Date('2020-01-01'), max: new Date('2030-01-01'), noInvalidDate: true });
    fc.assert(
      fc.property(moment, moment, moment, (...moments) => {
        const [from, between, until] = moments.toSorted((a, b) => a.getTime() - b.getTime()) as [Date, Date, Date];
        const months = monthsBetween(from, new Date(until.getTime() + 1));
        expect(months).toContain(monthOf(between));
        expect(months.every(isMonth)).toBe(true);
      }),
    );
  });
});
