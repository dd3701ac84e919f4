import { expect, test } from 'vitest';
import { formatCount, formatSeconds, formatTable } from './format.ts';

test('counts are grouped and durations have units', () => {
  expect(formatCount(1234567)).toBe('1,234,567');
  expect(formatSeconds(3.21)).toBe('3.2 s');
  expect(formatSeconds(75)).toBe('1 min 15 s');
  expect(formatSeconds(59.97)).toBe('1 min 0 s');
  expect(formatSeconds(119.6)).toBe('2 min 0 s');
});

test('a table sets columns of numbers flush right', () => {
  expect(
    formatTable(
      ['asset', 'rows'],
      [
        ['raw.a', '1,000'],
        ['staging.bb', '7'],
      ],
    ),
  ).toEqual(['asset        rows', '----------  -----', 'raw.a       1,000', 'staging.bb      7']);
});
