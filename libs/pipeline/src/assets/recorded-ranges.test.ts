import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rangeOf, rangesByDay, taskOf, wholeDayOf } from './recorded-ranges.ts';

const moments = fc.date({ min: new Date('2020-01-01'), max: new Date('2020-02-01'), noInvalidDate: true });

describe(rangesByDay, () => {
  test('cuts at midnight, without a gap and without an overlap', () => {
    fc.assert(
      fc.property(moments, moments, (one, other) => {
        const [from, until] = one < other ? [one, other] : [other, one];
        const ranges = rangesByDay({ from, until });
        const ends = ranges.map((range) => range.until.getTime());
        expect(ranges.map((range) => range.from.getTime())).toEqual(
          ranges.length === 0 ? [] : [from.getTime(), ...ends.slice(0, -1)],
        );
        expect(ranges.at(-1)?.until ?? until).toEqual(until);
        for (const range of ranges) {
          expect(range.from.toISOString().slice(0, 10)).toBe(
            new Date(range.until.getTime() - 1).toISOString().slice(0, 10),
          );
        }
      }),
    );
  });

  test('knows whole days, and writes ranges as keys that it reads again', () => {
    const [first, second, third] = rangesByDay({
      from: new Date('2026-11-20T23:15:00Z'),
      until: new Date('2026-11-22T02:15:00Z'),
    });
    expect([first, second, third].map((range) => wholeDayOf(range!))).toEqual([null, '2026-11-21', null]);
    expect(taskOf(second!, 'source').key).toBe('2026-11-21T00:00:00.000Z/2026-11-22T00:00:00.000Z');
    expect(rangeOf(taskOf(third!, 'source'))).toEqual(third);
  });
});
