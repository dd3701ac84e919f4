import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseRetryAfter, retryDelayMs } from './retry-delay.ts';

const options = { retryBaseDelayMs: 100, retryMaxDelayMs: 1000, maxRetryAfterMs: 5000 };

describe(retryDelayMs, () => {
  test('doubles the ceiling of the jitter up to its cap', () => {
    const ceilings = [1, 2, 3, 4, 5, 50].map((retry) => retryDelayMs(retry, null, options, () => 1));
    expect(ceilings).toEqual([100, 200, 400, 800, 1000, 1000]);
  });

  test('is full jitter: as short as nothing', () => {
    expect(retryDelayMs(4, null, options, () => 0)).toBe(0);
  });

  test('waits at least as long as the shard asks, and not much longer', () => {
    fc.assert(
      fc.property(
        fc.nat(5000),
        fc.integer({ min: 1, max: 3 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (asked, retry, random) => {
          const delay = retryDelayMs(retry, asked, options, () => random);
          expect(delay).toBeGreaterThanOrEqual(asked);
          expect(delay).toBeLessThanOrEqual(Math.max(asked, 400) + 100);
        },
      ),
    );
  });

  test('obeys no longer wait than the cap', () => {
    expect(retryDelayMs(1, 86_400_000, options, () => 0)).toBe(5000);
  });
});

describe(parseRetryAfter, () => {
  const now = Date.UTC(2026, 10, 22, 12, 0, 0);

  test('reads seconds', () => {
    expect(parseRetryAfter('120', undefined, now)).toBe(120_000);
    expect(parseRetryAfter(' 0 ', undefined, now)).toBe(0);
  });

  test.each(['Sun, 22 Nov 2026 12:00:30 GMT', 'Sunday, 22-Nov-26 12:00:30 GMT', 'Sun Nov 22 12:00:30 2026'])(
    'reads the date %s as 30 seconds from noon',
    (date) => {
      expect(parseRetryAfter(date, undefined, now)).toBe(30_000);
    },
  );

  test('measures a date from the Date of the same answer, so that a wrong clock does not matter', () => {
    const date = 'Sun, 22 Nov 2026 11:59:50 GMT';
    expect(parseRetryAfter('Sun, 22 Nov 2026 12:00:00 GMT', date, now + 3_600_000)).toBe(10_000);
  });

  test('takes a date that has passed as no wait', () => {
    expect(parseRetryAfter('Sun, 22 Nov 2026 11:00:00 GMT', undefined, now)).toBe(0);
  });

  test.each([undefined, '', '-5', '1.5', 'soon', '2026-11-22', '99999999999', 'Sun, or later 12 GMT'])(
    'ignores %s',
    (value) => {
      expect(parseRetryAfter(value, undefined, now)).toBeNull();
    },
  );

  test('reads back every second that it can be told', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date(now), max: new Date(now + 1e12), noInvalidDate: true }), (at) => {
        expect(parseRetryAfter(at.toUTCString(), undefined, now)).toBe(
          Math.max(0, Math.floor(at.getTime() / 1000) * 1000 - now),
        );
      }),
    );
  });
});
