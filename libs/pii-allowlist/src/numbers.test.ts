import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ruleOf } from './field.ts';
import { integer, number } from './numbers.ts';
import { numberText } from './number-text.ts';

const reason = 'a test';
const temperature = ruleOf(number({ min: -50, max: 100, numericStrings: true, reason }))!;
const strict = ruleOf(number({ min: -1e300, max: 1e300, reason }))!;
const count = ruleOf(integer({ min: 0, max: 1e300, numericStrings: true, reason }))!;

describe(number, () => {
  test.each([
    [21.5, 21.5],
    [-50, -50],
    [100, 100],
    [-0, 0],
    ['21.5', 21.5],
    ['1e1', 10],
    ['-0.25', -0.25],
  ])('takes %s', (raw, value) => {
    expect(temperature.read(raw)).toBe(value);
  });

  test.each([
    100.01,
    -50.01,
    Number.NaN,
    Infinity,
    '',
    ' 21.5',
    '21,5',
    '0x15',
    '+21',
    '021',
    '21.',
    '.5',
    'NaN',
    'Infinity',
    '1'.repeat(33),
    true,
    [21],
    { valueOf: () => 21 },
    21n,
    new Number(21),
    null,
  ])('refuses %o', (raw) => {
    expect(temperature.read(raw)).toBeUndefined();
  });

  test('refuses numeric strings where the declaration does not take them', () => {
    expect(strict.read('21.5')).toBeUndefined();
  });

  test('refuses whole numbers that a double cannot hold exactly', () => {
    expect(strict.read(2 ** 53)).toBeUndefined();
    expect(strict.read(2 ** 53 - 1)).toBe(9007199254740991);
    expect(count.read('9007199254740993')).toBeUndefined();
  });

  test.each([
    { min: 1, max: 0 },
    { min: Number.NaN, max: 0 },
    { min: 0, max: Infinity },
  ])('cannot be declared with the range %o', (range) => {
    expect(() => number({ ...range, reason })).toThrow('is no finite range with min <= max');
  });
});

describe(integer, () => {
  test('takes whole numbers, however they are written', () => {
    expect([3, 3.0, '3', '3e2', '3.0'].map((raw) => count.read(raw))).toEqual([3, 3, 3, 300, 3]);
  });

  test('refuses fractions', () => {
    expect([3.5, '3.5', 1e-7].map((raw) => count.read(raw))).toEqual([undefined, undefined, undefined]);
  });
});

describe(numberText, () => {
  const decimal = fc
    .tuple(fc.integer(), fc.integer({ min: 0, max: 6 }))
    .map(([digits, places]) => digits / 10 ** places);

  test('writes every finite number as String does', () => {
    const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(fc.oneof(finite, decimal, fc.maxSafeInteger()), (value) => {
        expect(numberText(value)).toBe(String(value));
      }),
      { numRuns: 2000 },
    );
  });

  test.each([0.1 + 0.2, 999999.9995, 1e9, 999999.999, 1e21, 5e-324, 4503599627370495.5, 0.0005])(
    'writes %d as String does',
    (value) => {
      expect(numberText(value)).toBe(String(value));
    },
  );
});
