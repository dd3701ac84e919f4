import { expect, test } from 'vitest';
import { spreadOf } from './statistics.ts';

test('gives least, middle and greatest', () => {
  expect(spreadOf([3, 1, 2])).toEqual({ min: 1, median: 2, max: 3 });
  expect(() => spreadOf([])).toThrow(RangeError);
});
