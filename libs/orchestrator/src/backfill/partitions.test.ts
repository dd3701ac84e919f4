import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addDays, dayOf } from './day-range.ts';
import { dayOfTick, partitionsOf } from './partitions.ts';

const NIGHTLY = { cron: '0 3 * * *', timeZone: 'UTC' };

describe(partitionsOf, () => {
  test('a day is loaded on the day after; a snapshot is of the day on which it is taken', () => {
    const range = { from: '2026-11-20', to: '2026-11-22' };
    const starts = (partitions: ReturnType<typeof partitionsOf>): readonly (readonly [string, readonly string[]])[] =>
      partitions.map(({ day, ticks }) => [day, ticks.map(({ start }) => start.toISOString())]);
    expect(starts(partitionsOf(NIGHTLY, false, range))).toEqual([
      ['2026-11-20', ['2026-11-21T03:00:00.000Z']],
      ['2026-11-21', ['2026-11-22T03:00:00.000Z']],
    ]);
    expect(starts(partitionsOf({ cron: '0 */12 * * *', timeZone: 'UTC' }, true, range))).toEqual([
      ['2026-11-20', ['2026-11-20T00:00:00.000Z', '2026-11-20T12:00:00.000Z']],
      ['2026-11-21', ['2026-11-21T00:00:00.000Z', '2026-11-21T12:00:00.000Z']],
    ]);
  });

  test('every tick belongs to one day, the one that it loads, whatever the zone', () => {
    const cases = fc.record({
      timeZone: fc.constantFrom('UTC', 'Europe/Berlin', 'Asia/Tokyo', 'America/New_York'),
      isSnapshot: fc.boolean(),
      start: fc.integer({ min: 0, max: 700 }),
      length: fc.integer({ min: 1, max: 40 }),
    });
    fc.assert(
      fc.property(cases, ({ timeZone, isSnapshot, start, length }) => {
        const from = addDays('2026-01-01', start);
        const partitions = partitionsOf({ cron: '0 3 * * *', timeZone }, isSnapshot, {
          from,
          to: addDays(from, length),
        });
        expect(partitions).toHaveLength(length);
        for (const { day, ticks } of partitions) {
          for (const { start: tick } of ticks) {
            expect(dayOfTick(tick, isSnapshot)).toBe(day);
            expect(dayOf(tick)).toBe(isSnapshot ? day : addDays(day, 1));
          }
        }
        const ticks = partitions.flatMap((partition) => partition.ticks);
        expect(Math.abs(ticks.length - length)).toBeLessThanOrEqual(1);
      }),
    );
  });
});
