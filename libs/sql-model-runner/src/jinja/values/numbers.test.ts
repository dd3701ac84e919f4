import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unreachable } from '../errors.ts';
import { arithmetic, floatText, parseFloatText, parseInteger, roundFloat, toFloat } from './numbers.ts';
import { toText } from './print.ts';
import { float, integer } from './value.ts';

const anInteger = fc.oneof(
  fc.bigInt({ min: -100n, max: 100n }),
  fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }),
  fc.constantFrom(2n ** 53n, -(2n ** 53n), 2n ** 53n - 1n, 2n ** 31n),
);

/** Python's rules, in the plainest way. */
function exactly(operator: '+' | '-' | '*' | '//' | '%', a: bigint, b: bigint): bigint {
  const rest = b === 0n ? 0n : ((a % b) + b) % b;
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '//':
      return (a - rest) / b;
    case '%':
      return rest;
    default:
      return unreachable(operator);
  }
}

describe('integers', () => {
  test('compute as if they had no bound', () => {
    fc.assert(
      fc.property(
        anInteger,
        anInteger,
        fc.constantFrom('+' as const, '-' as const, '*' as const, '//' as const, '%' as const),
        (a, b, operator) => {
          fc.pre(b !== 0n || (operator !== '//' && operator !== '%'));
          expect(toText(arithmetic(operator, integer(a), integer(b)))).toBe(String(exactly(operator, a, b)));
        },
      ),
    );
  });

  test('satisfy a == b * (a // b) + a % b with the remainder’s sign that of b', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer().filter((b) => b !== 0),
        (a, b) => {
          const [quotient, rest] = [Number(arithmetic('//', a, b)), Number(arithmetic('%', a, b))];
          expect(BigInt(b) * BigInt(quotient) + BigInt(rest)).toBe(BigInt(a));
          expect(rest === 0 || rest > 0 === b > 0).toBe(true);
        },
      ),
    );
  });

  test('are read back from their text', () => {
    fc.assert(
      fc.property(anInteger, (a) => {
        expect(parseInteger(` ${a} `, 10)).toBe(integer(a));
      }),
    );
  });
});

describe('floats', () => {
  test('print so that they read back the same', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), (a) => {
        expect(Object.is(parseFloatText(floatText(a)), a)).toBe(true);
      }),
    );
  });

  test.each([
    [1, '1.0'],
    [0.1, '0.1'],
    [1e15, '1000000000000000.0'],
    [1e16, '1e+16'],
    [123456789012345680, '1.2345678901234568e+17'],
    [0.0001, '0.0001'],
    [0.00001, '1e-05'],
    [-0.00012345, '-0.00012345'],
    [5e-324, '5e-324'],
    [-0, '-0.0'],
    [Number.POSITIVE_INFINITY, 'inf'],
    [Number.NaN, 'nan'],
  ])('%d prints as %s', (value, text) => {
    expect(floatText(value)).toBe(text);
  });

  test.each([
    [2.5, 0, 2],
    [3.5, 0, 4],
    [2.675, 2, 2.67],
    [0.125, 2, 0.12],
    [0.375, 2, 0.38],
    [-0.5, 0, -0],
    [1e300, 2, 1e300],
    [1234.5, -2, 1200],
    [0.5, 0, 0],
    [1.5, 0, 2],
  ])('%d rounded to %d digits is %d', (value, digits, rounded) => {
    expect(roundFloat(value, digits)).toBe(rounded);
  });

  test('divide and take remainders with the sign of the divisor', () => {
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 }),
        fc.double({ noNaN: true, min: 0.001, max: 1e6 }),
        (a, b) => {
          const rest = arithmetic('%', float(a), float(b));
          const number = typeof rest === 'object' || typeof rest === 'number' ? toFloat(rest as number) : Number.NaN;
          expect(number >= 0 && number <= b).toBe(true);
        },
      ),
    );
  });
});
