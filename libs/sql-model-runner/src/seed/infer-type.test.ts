import { describe, expect, test } from 'vitest';
import { inferSeedType } from './infer-type.ts';

const inferred = (...values: string[]): readonly unknown[] => {
  const type = inferSeedType(values);
  return [type.sql, values.map((value) => type.convert(value))];
};

// Each expectation is what dbt 1.11 (agate 1.9) makes of the same column.
describe(inferSeedType, () => {
  test.each([
    [['1', '-2', '+3', '', 'null', 'NULL'], 'integer', ['1', '-2', '3', null, null, null]],
    [['1.0', '2'], 'integer', ['1', '2']],
    [['0.10', '2'], 'float8', ['0.1', '2']],
    [['1,000', '5%', '$3', '1e3', '€4', '1_000'], 'integer', ['1000', '5', '3', '1000', '4', '1000']],
    [['007'], 'integer', ['7']],
    [['-'], 'text', ['-']],
    [['0x10'], 'text', ['0x10']],
    [['1 000'], 'text', ['1 000']],
    [['1.2.3'], 'text', ['1.2.3']],
    [['', 'null'], 'integer', [null, null]],
    [['true', 'FALSE', ''], 'boolean', ['true', 'false', null]],
    [['1', 'true'], 'text', ['1', 'true']],
    [['2024-01-01', '2024-2-3'], 'date', ['2024-01-01', '2024-02-03']],
    [['2024-02-30'], 'text', ['2024-02-30']],
    [['2024-01-01 10:00:00'], 'timestamp without time zone', ['2024-01-01 10:00:00']],
    [['2024-01-01', '2024-01-02 10:00:00'], 'text', ['2024-01-01', '2024-01-02 10:00:00']],
    [
      ['2024-01-01T10:00:00+02:00', '2024-01-01T10:00:00Z'],
      'timestamp without time zone',
      ['2024-01-01 08:00:00', '2024-01-01 10:00:00'],
    ],
    [
      ['20240101T101010', '2024-01-01T10:00:00.123456'],
      'timestamp without time zone',
      ['2024-01-01 10:10:10', '2024-01-01 10:00:00.123456'],
    ],
    [['10:00:00'], 'text', ['10:00:00']],
    [[' x ', ''], 'text', [' x ', null]],
  ])('%j is %s', (values, sql, converted) => {
    expect(inferred(...values)).toEqual([sql, converted]);
  });
});
