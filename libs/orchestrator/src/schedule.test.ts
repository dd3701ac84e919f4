import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isTick, latestTick, nextTick, parseScheduledFor } from './schedule.ts';

const TWELVE_HOURLY = { cron: '0 */12 * * *', timeZone: 'UTC' };
const at = (text: string): Date => new Date(text);

describe(latestTick, () => {
  test('is the instant itself when that is a tick', () => {
    expect(latestTick(TWELVE_HOURLY, at('2026-11-23T12:00:00Z'))).toEqual(at('2026-11-23T12:00:00Z'));
    expect(latestTick(TWELVE_HOURLY, at('2026-11-23T11:59:59.999Z'))).toEqual(at('2026-11-23T00:00:00Z'));
  });
  test('is the half day that the instant is in, for any instant', () => {
    fc.assert(
      fc.property(fc.date({ min: at('2000-01-01'), max: at('2100-01-01'), noInvalidDate: true }), (instant) => {
        const halfDay = 12 * 3600_000;
        const expected = Math.floor(instant.getTime() / halfDay) * halfDay;
        expect(latestTick(TWELVE_HOURLY, instant).getTime()).toBe(expected);
        expect(nextTick(TWELVE_HOURLY, instant).getTime()).toBe(expected + halfDay);
        expect(isTick(TWELVE_HOURLY, new Date(expected))).toBe(true);
      }),
    );
  });
  test('follows the time zone over a change of the clocks', () => {
    const nightly = { cron: '0 3 * * *', timeZone: 'Europe/Berlin' };
    expect(latestTick(nightly, at('2026-10-24T12:00:00Z'))).toEqual(at('2026-10-24T01:00:00Z'));
    expect(latestTick(nightly, at('2026-10-25T12:00:00Z'))).toEqual(at('2026-10-25T02:00:00Z'));
  });
});

describe(parseScheduledFor, () => {
  test('takes a tick', () => {
    expect(parseScheduledFor(TWELVE_HOURLY, '2026-11-23T12:00:00Z')).toEqual(at('2026-11-23T12:00:00Z'));
    expect(parseScheduledFor(TWELVE_HOURLY, '2026-11-23')).toEqual(at('2026-11-23T00:00:00Z'));
    expect(parseScheduledFor(TWELVE_HOURLY, '2026-11-23T13:00:00+01:00')).toEqual(at('2026-11-23T12:00:00Z'));
  });
  test('says what is wrong and which ticks there are', () => {
    expect(() => parseScheduledFor(TWELVE_HOURLY, 'yesterday')).toThrow(
      '"yesterday" is no point in time; expected e.g.',
    );
    expect(() => parseScheduledFor(TWELVE_HOURLY, '2026-02-30T12:00:00Z')).toThrow('is no point in time');
    expect(() => parseScheduledFor(TWELVE_HOURLY, '2026-11-23T12:00:00')).toThrow('is no point in time');
    expect(() => parseScheduledFor(TWELVE_HOURLY, '2026-11-23T13:00:00Z')).toThrow(
      'the ticks around it are 2026-11-23T12:00:00.000Z and 2026-11-24T00:00:00.000Z',
    );
    expect(() => nextTick({ cron: 'every day', timeZone: 'UTC' }, at('2026-11-23'))).toThrow(
      '"every day" in time zone "UTC" is no schedule',
    );
    expect(() => nextTick({ cron: '0 3 * * *', timeZone: 'Mars/Base' }, at('2026-11-23'))).toThrow('is no schedule');
  });
});
