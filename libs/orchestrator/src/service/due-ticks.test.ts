import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { latestTick, nextTick, type Schedule } from '../schedule.ts';
import { dueTicks, MOST_MISSED } from './due-ticks.ts';

const nightly: Schedule = { cron: '0 3 * * *', timeZone: 'UTC' };
const at = (text: string): Date => new Date(text);
const texts = (ticks: readonly Date[]): readonly string[] => ticks.map((tick) => tick.toISOString().slice(0, 16));

describe(dueTicks, () => {
  test('begins with the latest tick, whatever happens with missed ones', () => {
    for (const missed of ['all', 'latest', 'skip'] as const) {
      expect(texts(dueTicks(nightly, null, at('2026-11-23T12:00:00Z'), missed))).toEqual(['2026-11-23T03:00']);
    }
  });

  test('is due from the very moment of a tick, and once', () => {
    const last = at('2026-11-22T03:00:00Z');
    expect(dueTicks(nightly, last, at('2026-11-23T02:59:59.999Z'), 'all')).toEqual([]);
    expect(texts(dueTicks(nightly, last, at('2026-11-23T03:00:00Z'), 'all'))).toEqual(['2026-11-23T03:00']);
    expect(dueTicks(nightly, at('2026-11-23T03:00:00Z'), at('2026-11-23T03:00:00Z'), 'all')).toEqual([]);
  });

  test('after an outage of three days: all, the latest, or none', () => {
    const last = at('2026-11-20T03:00:00Z');
    const now = at('2026-11-23T12:00:00Z');
    expect(texts(dueTicks(nightly, last, now, 'all'))).toEqual([
      '2026-11-21T03:00',
      '2026-11-22T03:00',
      '2026-11-23T03:00',
    ]);
    expect(texts(dueTicks(nightly, last, now, 'latest'))).toEqual(['2026-11-23T03:00']);
    expect(dueTicks(nightly, last, now, 'skip')).toEqual([]);
    expect(texts(dueTicks(nightly, last, at('2026-11-23T03:04:00Z'), 'skip'))).toEqual(['2026-11-23T03:00']);
  });

  test('makes good no more than a month of a long outage, the newest of it', () => {
    const ticks = dueTicks(nightly, at('2020-01-01T03:00:00Z'), at('2026-11-23T12:00:00Z'), 'all');
    expect(ticks).toHaveLength(MOST_MISSED);
    expect(texts(ticks).at(-1)).toBe('2026-11-23T03:00');
  });

  test('a clock that was set back makes nothing due again', () => {
    expect(dueTicks(nightly, at('2026-11-23T03:00:00Z'), at('2026-11-22T23:00:00Z'), 'all')).toEqual([]);
  });

  test('the hour that summer time skips: its tick comes at the first moment behind it, once', () => {
    const berlin: Schedule = { cron: '30 2 * * *', timeZone: 'Europe/Berlin' };
    const ticks = dueTicks(berlin, at('2026-03-27T01:30:00Z'), at('2026-03-30T12:00:00Z'), 'all');
    expect(texts(ticks)).toEqual(['2026-03-28T01:30', '2026-03-29T01:30', '2026-03-30T00:30']);
  });

  test('the hour that winter time doubles: its tick comes once, in the first of the two', () => {
    const berlin: Schedule = { cron: '30 2 * * *', timeZone: 'Europe/Berlin' };
    const ticks = dueTicks(berlin, at('2026-10-23T00:30:00Z'), at('2026-10-26T12:00:00Z'), 'all');
    expect(texts(ticks)).toEqual(['2026-10-24T00:30', '2026-10-25T00:30', '2026-10-26T01:30']);
  });

  test('however often it is asked, each tick comes up exactly once and in order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 60 }),
        fc.constantFrom('0 */12 * * *', '0 3 * * *', '15 2 * * *'),
        fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York'),
        (hours, cron, timeZone) => {
          const schedule = { cron, timeZone };
          let now = at('2026-03-20T00:00:00Z');
          let last = latestTick(schedule, now);
          const came: number[] = [];
          for (const passed of hours) {
            now = new Date(now.getTime() + passed * 3_600_000);
            for (const tick of dueTicks(schedule, last, now, 'all')) {
              came.push(tick.getTime());
              last = tick;
            }
          }
          const expected: number[] = [];
          for (
            let tick = nextTick(schedule, latestTick(schedule, at('2026-03-20T00:00:00Z')));
            tick <= now;
            tick = nextTick(schedule, tick)
          ) {
            expected.push(tick.getTime());
          }
          expect(came).toEqual(expected);
        },
      ),
    );
  });
});
