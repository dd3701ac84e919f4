import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addDays, daysIn, parseDayRange } from './day-range.ts';

const NOW = new Date('2026-11-23T12:00:00Z');

describe(parseDayRange, () => {
  test('takes days and months, half-open, until today', () => {
    expect(parseDayRange({ from: '2026-11-01', to: '2026-11-08' }, NOW)).toEqual({
      from: '2026-11-01',
      to: '2026-11-08',
    });
    expect(parseDayRange({ from: '2026-10', to: '2026-11' }, NOW)).toEqual({ from: '2026-10-01', to: '2026-11-01' });
    expect(parseDayRange({ from: '2026-11' }, NOW)).toEqual({ from: '2026-11-01', to: '2026-11-23' });
    expect(parseDayRange({}, NOW)).toBeNull();
  });

  test('takes the whole days, weeks or months before today', () => {
    expect(parseDayRange({ last: '1d' }, NOW)).toEqual({ from: '2026-11-22', to: '2026-11-23' });
    expect(parseDayRange({ last: '2w' }, NOW)).toEqual({ from: '2026-11-09', to: '2026-11-23' });
    expect(parseDayRange({ last: '3m' }, NOW)).toEqual({ from: '2026-08-23', to: '2026-11-23' });
    expect(parseDayRange({ last: '1m' }, new Date('2026-03-31T00:00:00Z'))?.from).toBe('2026-02-28');
  });

  test.each([
    [{ to: '2026-11-08' }, '--to 2026-11-08 needs a --from'],
    [{ from: '2026-02-30' }, '--from 2026-02-30 is no day and no month'],
    [{ from: '2026-11-01T00:00:00Z' }, 'is no day and no month'],
    [{ from: '2026-13' }, '--from 2026-13 is no day and no month'],
    [{ from: '2026-11-09', to: '2026-11-08' }, 'is empty: --to is the first day that is not in it'],
    [{ from: '2026-12-01' }, 'the range from 2026-12-01 to 2026-11-23 is empty'],
    [{ last: '0d' }, '--last 0d is no length'],
    [{ last: '3d', to: '2026-11' }, '--last says the whole range'],
  ])('refuses %j', (typed, message) => {
    expect(() => parseDayRange(typed, NOW)).toThrow(message);
  });

  test('gives as many days as were asked for, in order and without a gap', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2000 }), (count) => {
        const range = parseDayRange({ last: `${String(count)}d` }, NOW);
        const days = range ? daysIn(range) : [];
        expect(days).toHaveLength(count);
        expect(days.at(-1)).toBe('2026-11-22');
        expect(days.every((day, index) => index === 0 || day === addDays(days[index - 1] ?? '', 1))).toBe(true);
      }),
    );
  });
});
