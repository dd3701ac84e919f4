import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GRANULARITIES, readPartitionBy, type Granularity } from './partition-config.ts';
import { oldestKept, rangeAt, rangeOf, rangesAhead, rangeSuffix } from './partition-range.ts';

const read = (partitionBy: unknown): unknown =>
  readPartitionBy({ config: { partition_by: partitionBy }, place: { file: 'models/t.sql' } });

describe(readPartitionBy, () => {
  test('reads what stands there; a month is the default', () => {
    expect(read(undefined)).toBeNull();
    expect(read({ field: 'day' })).toEqual({ field: 'day', granularity: 'month', retention: null });
    expect(read({ field: 'at', granularity: 'day', retention: '2 weeks' })).toEqual({
      field: 'at',
      granularity: 'day',
      retention: { count: 2, unit: 'week' },
    });
  });

  test.each([
    ['day', 'models/t.sql: config "partition_by" is day; expected {field:'],
    [{}, 'models/t.sql: config "partition_by.field" is'],
    [{ feld: 'a' }, 'config "partition_by.feld" is unknown; did you mean "field"?'],
    [{ field: 'a', every: 1 }, 'config "partition_by.every" is unknown; known are field, granularity, retention'],
    [{ field: 'a', granularity: 'week' }, '"partition_by.granularity" is week; expected one of day, month, year'],
    [{ field: 'a', retention: 'for ever' }, '"partition_by.retention" is for ever; expected a number of days'],
    [{ field: 'a', retention: '0 days' }, 'expected a number of days'],
    [{ field: 'a', retention: 24 }, 'expected a number of days'],
  ])('refuses %j', (given, message) => {
    expect(() => read(given)).toThrow(message);
  });
});

describe('ranges', () => {
  test('are days, months and years in UTC, and named for their beginning', () => {
    const moment = new Date('2024-02-29T23:59:59Z');
    expect(GRANULARITIES.map((granularity) => rangeAt(granularity, moment))).toEqual([
      { from: '2024-02-29', to: '2024-03-01' },
      { from: '2024-02-01', to: '2024-03-01' },
      { from: '2024-01-01', to: '2025-01-01' },
    ]);
    expect(GRANULARITIES.map((granularity) => rangeSuffix(granularity, rangeAt(granularity, moment)))).toEqual([
      '20240229',
      '202402',
      '2024',
    ]);
    expect(rangesAhead('month', new Date('2024-12-31T00:00:00Z'))).toEqual([
      { from: '2024-12-01', to: '2025-01-01' },
      { from: '2025-01-01', to: '2025-02-01' },
    ]);
  });

  test.each([
    ['month', 24, 'month', '2026-11-23', '2024-11-01'],
    ['month', 1, 'month', '2024-03-31', '2024-02-01'],
    ['day', 1, 'month', '2024-03-31', '2024-02-29'],
    ['day', 2, 'week', '2024-03-01', '2024-02-16'],
    ['year', 1, 'year', '2024-02-29', '2023-01-01'],
    ['day', 1, 'year', '2024-02-29', '2023-02-28'],
  ] as const)('by %s, %d %s before %s: what is older than %s goes', (granularity, count, unit, now, oldest) => {
    expect(oldestKept(granularity, { count, unit }, new Date(`${now}T12:00:00Z`))).toBe(oldest);
  });

  test('follow each other without a gap, whatever day one looks at', () => {
    const days = fc.date({ min: new Date('1970-01-01'), max: new Date('2199-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(days, fc.constantFrom<Granularity>(...GRANULARITIES), (moment, granularity) => {
        const range = rangeAt(granularity, moment);
        const day = moment.toISOString().slice(0, 10);
        expect(range.from <= day && day < range.to).toBe(true);
        expect(rangeOf(granularity, range.from)).toEqual(range);
        expect(rangeOf(granularity, range.to).from).toBe(range.to);
      }),
    );
  });
});
