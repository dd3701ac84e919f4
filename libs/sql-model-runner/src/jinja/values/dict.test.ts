import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { equals } from './compare.ts';
import { hashKey, PyDict } from './dict.ts';
import { toRepr } from './print.ts';
import { float, PyTuple, type Value } from './value.ts';

const scalar: fc.Arbitrary<Value> = fc.oneof(
  fc.integer({ min: -2, max: 2 }),
  fc.integer({ min: -2, max: 2 }).map(float),
  fc.boolean(),
  fc.constant(null),
  fc.constantFrom('', 'a', '1', 'None', '\u0000', '\u0000t', '\u0000s\u0000', 'number1:1'),
  fc.constantFrom(0.5, 2n ** 60n),
);
const key: fc.Arbitrary<Value> = fc.oneof(
  scalar,
  fc.array(scalar, { maxLength: 3 }).map((items) => new PyTuple(items)),
);

describe(PyDict, () => {
  test('takes two keys for one exactly when they are equal', () => {
    fc.assert(
      fc.property(key, key, (a, b) => {
        expect(hashKey(a) === hashKey(b)).toBe(equals(a, b));
      }),
    );
  });

  test('is what a list of pairs searched by equality would be', () => {
    const operation = fc.tuple(fc.constantFrom('set', 'delete'), key, fc.integer());
    fc.assert(
      fc.property(fc.array(operation), (operations) => {
        const dict = new PyDict();
        let pairs: [Value, Value][] = [];
        for (const [kind, k, value] of operations) {
          const known = pairs.find(([other]) => equals(other, k));
          if (kind === 'delete') {
            dict.delete(k);
            pairs = pairs.filter((pair) => pair !== known);
          } else {
            dict.set(k, value);
            if (known === undefined) pairs.push([k, value]);
            else known[1] = value;
          }
        }
        expect(dict.entries().map((entry) => entry.map(toRepr))).toEqual(pairs.map((pair) => pair.map(toRepr)));
        expect(dict.size()).toBe(pairs.length);
      }),
    );
  });
});
