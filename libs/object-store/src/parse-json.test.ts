import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseJson } from './parse-json.ts';

describe(parseJson, () => {
  test('gives integers that a double cannot hold as strings', () => {
    expect(parseJson('{"a":9007199254740993,"b":[-12345678901234567890],"c": 9007199254740991}')).toEqual({
      a: '9007199254740993',
      b: ['-12345678901234567890'],
      c: 9_007_199_254_740_991,
    });
  });

  test('gives numbers beyond the range of a double as strings', () => {
    expect(parseJson('[1e400,-1.5E+999,1e-400,1e20]')).toEqual(['1e400', '-1.5E+999', 0, 1e20]);
  });

  test('leaves long decimals, digits in strings and whole numbers in exponent form alone', () => {
    expect(parseJson('[0.1234567890123456789,"a:1234567890123456789",1e17]')).toEqual([
      0.12345678901234568,
      'a:1234567890123456789',
      1e17,
    ]);
  });

  test('makes __proto__ an ordinary property and lets the last duplicate win', () => {
    const parsed = parseJson('{"__proto__":{"admin":true},"a":1,"a":2,"n":12345678901234567}') as Record<
      string,
      unknown
    >;
    expect(Object.keys(parsed)).toEqual(['__proto__', 'a', 'n']);
    expect(parsed['admin']).toBeUndefined();
    expect(parsed['a']).toBe(2);
    expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
  });

  test('is JSON.parse for everything else in every document', () => {
    // JSON.stringify writes whole numbers below 1e21 in digits.
    const inDigits = (value: unknown): boolean =>
      Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(Number(value)) < 1e21;
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(parseJson(text)).toEqual(
          JSON.parse(text, (_key, value: unknown) => (inDigits(value) ? String(value) : value)),
        );
      }),
    );
  });

  test('never rounds an integer, wherever it stands', () => {
    fc.assert(
      fc.property(fc.bigInt(-(10n ** 30n), 10n ** 30n), fc.string(), fc.nat(3), (integer, noise, spaces) => {
        const text = `{"noise":${JSON.stringify(noise)},"value":${' '.repeat(spaces)}${integer},"list":[1,${integer}]}`;
        const { value, list } = parseJson(text) as { value: string | number; list: (string | number)[] };
        expect(String(value)).toBe(String(integer));
        expect(BigInt(value)).toBe(integer);
        expect(list[1]).toBe(value);
      }),
    );
  });
});
