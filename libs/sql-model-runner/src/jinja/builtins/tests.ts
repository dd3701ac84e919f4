import { raise } from '../errors.ts';
import { isCallable } from '../runtime/host.ts';
import { compare, contains, equals } from '../values/compare.ts';
import { arithmetic, asNumeric, isIntegral } from '../values/numbers.ts';
import { toText } from '../values/print.ts';
import { PyUndefined } from '../values/undefined.ts';
import { PyFloat, PyObject, typeName, type Value } from '../values/value.ts';
import type { Test } from './environment.ts';
import { callNative, natives, text } from './native.ts';

const isNumber = (value: Value): boolean => asNumeric(value) !== undefined;
const isText = (value: Value): value is string => typeof value === 'string';

/** Tests that need nothing but the value and their argument. */
const PLAIN = natives({
  boolean: ['', (value: Value) => typeof value === 'boolean'],
  callable: ['', (value: Value) => isCallable(value)],
  defined: ['', (value: Value) => !(value instanceof PyUndefined)],
  divisibleby: ['num', (value: Value, divisor: Value) => equals(arithmetic('%', numeric(value), numeric(divisor)), 0)],
  eq: ['other', (value: Value, other: Value) => equals(value, other)],
  escaped: ['', () => false],
  even: ['', (value: Value) => equals(arithmetic('%', numeric(value), 2), 0)],
  false: ['', (value: Value) => value === false],
  float: ['', (value: Value) => value instanceof PyFloat || (typeof value === 'number' && !Number.isInteger(value))],
  ge: ['other', (value: Value, other: Value) => compare(value, other, '>=') >= 0],
  gt: ['other', (value: Value, other: Value) => compare(value, other, '>') > 0],
  in: ['seq', (value: Value, container: Value) => contains(container, value)],
  integer: ['', (value: Value) => typeof value !== 'boolean' && isNumber(value) && isIntegral(numeric(value))],
  iterable: [
    '',
    (value: Value) =>
      isText(value) || Array.isArray(value) || (value instanceof PyObject && value.iterate() !== undefined),
  ],
  le: ['other', (value: Value, other: Value) => compare(value, other, '<=') <= 0],
  lower: ['', (value: Value) => /\p{Ll}/u.test(toText(value)) && !/[\p{Lu}\p{Lt}]/u.test(toText(value))],
  lt: ['other', (value: Value, other: Value) => compare(value, other, '<') < 0],
  mapping: ['', (value: Value) => value instanceof PyObject && value.isMapping],
  ne: ['other', (value: Value, other: Value) => !equals(value, other)],
  none: ['', (value: Value) => value === null],
  number: ['', (value: Value) => isNumber(value)],
  odd: ['', (value: Value) => equals(arithmetic('%', numeric(value), 2), 1)],
  sameas: ['other', (value: Value, other: Value) => value === other],
  sequence: [
    '',
    (value: Value) =>
      isText(value) || Array.isArray(value) || (value instanceof PyObject && (value.isSequence || value.isMapping)),
  ],
  string: ['', (value: Value) => isText(value)],
  true: ['', (value: Value) => value === true],
  undefined: ['', (value: Value) => value instanceof PyUndefined],
  upper: ['', (value: Value) => /\p{Lu}/u.test(toText(value)) && !/[\p{Ll}\p{Lt}]/u.test(toText(value))],
});

const ALIASES: Readonly<Record<string, string>> = {
  '==': 'eq',
  '!=': 'ne',
  '<': 'lt',
  '<=': 'le',
  '>': 'gt',
  '>=': 'ge',
  equalto: 'eq',
  greaterthan: 'gt',
  lessthan: 'lt',
};

function numeric(value: Value): NonNullable<ReturnType<typeof asNumeric>> {
  return asNumeric(value) ?? raise('TypeError', `a number is required, not ${typeName(value)}`);
}

function plainTests(): [string, Test][] {
  const tests = [...PLAIN].map(([name, native]): [string, Test] => [
    name,
    (_, value, args) => callNative(name, native, value, args) === true,
  ]);
  const byName = new Map(tests);
  const aliases = Object.entries(ALIASES).flatMap(([alias, name]) => {
    const test = byName.get(name);
    return test === undefined ? [] : [[alias, test] as [string, Test]];
  });
  return [...tests, ...aliases];
}

/** Jinja's builtin tests, by name. */
export const TESTS: ReadonlyMap<string, Test> = new Map<string, Test>([
  ...plainTests(),
  ['filter', (environment, value) => environment.hasFilter(text(value, 'the name'))],
  ['test', (environment, value) => environment.hasTest(text(value, 'the name'))],
]);
