import { raise, unreachable } from '../errors.ts';
import { spend } from '../runtime/budget.ts';
import { float, integer, PyFloat, type Operator, type Value } from './value.ts';

/** An operand of arithmetic: booleans count as 0 and 1. */
export type Numeric = number | bigint | PyFloat;

/** Python prints no integer of more digits. */
const MOST_DIGITS = 4300;
/** Integers beyond this many bits are refused: they could not be printed anyhow. */
const MOST_BITS = 1 << 16;

/** The number that a value counts as in arithmetic, or undefined. */
export function asNumeric(value: Value): Numeric | undefined {
  if (typeof value === 'number' || typeof value === 'bigint' || value instanceof PyFloat) return value;
  return typeof value === 'boolean' ? Number(value) : undefined;
}

/** Whether it is an `int` of Python (or a `bool`). */
export function isIntegral(value: Numeric): value is number | bigint {
  return typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value));
}

export function toFloat(value: Numeric): number {
  return value instanceof PyFloat ? value.value : Number(value);
}

/** `a <operator> b` of two numbers. */
export function arithmetic(operator: Operator, a: Numeric, b: Numeric): Value {
  if (isIntegral(a) && isIntegral(b))
    return operator === '/' ? float(trueDivide(a, b)) : integerArithmetic(operator, a, b);
  return float(floatArithmetic(operator, toFloat(a), toFloat(b)));
}

function integerArithmetic(operator: Operator, a: number | bigint, b: number | bigint): Value {
  if (typeof a === 'number' && typeof b === 'number') {
    const small = smallArithmetic(operator, a, b);
    if (Number.isSafeInteger(small)) return small === 0 ? 0 : small;
  }
  const [x, y] = [BigInt(a), BigInt(b)];
  switch (operator) {
    case '+':
      return integer(x + y);
    case '-':
      return integer(x - y);
    case '*':
      return bounded(bits(x) + bits(y), () => x * y);
    case '**':
      if (y < 0n) return float(floatArithmetic(operator, Number(a), Number(b)));
      return bounded(x === 0n || x === 1n || x === -1n ? 1 : bits(x) * Number(y), () => x ** y);
    case '//':
    case '%':
    case '/':
      if (y === 0n) raise('ZeroDivisionError', 'integer division or modulo by zero');
      return integer(operator === '%' ? ((x % y) + y) % y : (x - (((x % y) + y) % y)) / y);
    default:
      return unreachable(operator);
  }
}

/** In doubles; NaN where they are not enough. */
function smallArithmetic(operator: Operator, a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '**':
      return b < 0 ? Number.NaN : a ** b;
    case '//':
      return floorDivide(a, b);
    case '%':
      return b === 0 ? Number.NaN : modulo(a, b);
    case '/':
      return Number.NaN;
    default:
      return unreachable(operator);
  }
}

/** Exact only while what is divided is: the remainder may lead past 2^53. */
function floorDivide(a: number, b: number): number {
  if (b === 0) return Number.NaN;
  const multiple = a - modulo(a, b);
  return Number.isSafeInteger(multiple) ? multiple / b : Number.NaN;
}

/** Python's remainder: it has the sign of the divisor. */
function modulo(a: number, b: number): number {
  const rest = a % b;
  return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
}

function trueDivide(a: number | bigint, b: number | bigint): number {
  if (b === 0 || b === 0n) raise('ZeroDivisionError', 'division by zero');
  return Number(a) / Number(b);
}

function floatArithmetic(operator: Operator, a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '**':
      return power(a, b);
    case '/':
      return b === 0 ? raise('ZeroDivisionError', 'float division by zero') : a / b;
    case '//':
      return b === 0 ? raise('ZeroDivisionError', 'float floor division by zero') : Math.round((a - modulo(a, b)) / b);
    case '%':
      return b === 0 ? raise('ZeroDivisionError', 'float modulo by zero') : modulo(a, b);
    default:
      return unreachable(operator);
  }
}

function power(a: number, b: number): number {
  if (a === 0 && b < 0) raise('ZeroDivisionError', '0.0 cannot be raised to a negative power');
  if (a < 0 && Number.isFinite(b) && !Number.isInteger(b))
    raise('ValueError', 'a negative number cannot be raised to a fractional power');
  const result = a ** b;
  if (!Number.isFinite(result) && Number.isFinite(a) && Number.isFinite(b))
    raise('OverflowError', 'Numerical result out of range');
  return a === 1 ? 1 : result;
}

export function negate(value: Numeric): Value {
  if (value instanceof PyFloat) return float(-value.value);
  if (typeof value === 'bigint') return integer(-value);
  return value === 0 ? 0 : -value;
}

function bits(value: bigint): number {
  const digits = (value < 0n ? -value : value).toString(16);
  return digits.length * 4 - Math.clz32(Number.parseInt(digits.slice(0, 1), 16)) + 28;
}

function bounded(size: number, compute: () => bigint): Value {
  if (size > MOST_BITS) raise('OverflowError', 'the integer is too large');
  spend(size >> 6);
  return integer(compute());
}

/** Python's `str(int)`. */
export function integerText(value: number | bigint): string {
  const text = String(value);
  if (text.length > MOST_DIGITS)
    raise('ValueError', `Exceeds the limit (${MOST_DIGITS} digits) for integer string conversion`);
  return text;
}

/** Python's `repr(float)`: the shortest digits that read back the same, an exponent below 1e-4 and from 1e16. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const exponent = Number(value.toExponential().split('e')[1]);
  if (exponent < -4 || exponent >= 16) return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
  const text = exponent < 0 ? fixedSmall(value, exponent) : String(value);
  return text.includes('.') ? text : `${text}.0`;
}

/** 0.00001234 without JavaScript's exponent. */
function fixedSmall(value: number, exponent: number): string {
  const [digits = ''] = Math.abs(value).toExponential().split('e');
  return `${value < 0 ? '-' : ''}0.${'0'.repeat(-exponent - 1)}${digits.replace('.', '')}`;
}

const INTEGER_TEXT = /^\s*([+-]?)(\d(?:_?\d)*)\s*$/;
const FLOAT_TEXT = /^\s*[+-]?(?:\d(?:_?\d)*\.?(?:\d(?:_?\d)*)?|\.\d(?:_?\d)*)(?:[eE][+-]?\d(?:_?\d)*)?\s*$/;
const SPECIAL_FLOAT = /^\s*([+-]?)(inf|infinity|nan)\s*$/i;
const PREFIXES: ReadonlyMap<string, number> = new Map([
  ['0b', 2],
  ['0o', 8],
  ['0x', 16],
]);

/** Python's `int(text, base)`; undefined when it is no integer of that base. */
export function parseInteger(text: string, base: number): number | bigint | undefined {
  if (text.length > MOST_DIGITS + 100) return undefined;
  if (base === 10) {
    const match = INTEGER_TEXT.exec(text);
    if (match === null) return undefined;
    const magnitude = BigInt((match[2] ?? '').replaceAll('_', ''));
    return integer(match[1] === '-' ? -magnitude : magnitude);
  }
  const match = /^\s*([+-]?)(0[bBoOxX])?_?([\da-zA-Z](?:_?[\da-zA-Z])*)\s*$/.exec(text);
  if (match === null) return undefined;
  const prefixBase = PREFIXES.get((match[2] ?? '').toLowerCase());
  const effective = base === 0 ? (prefixBase ?? 10) : base;
  let digits = (match[3] ?? '').replaceAll('_', '').toLowerCase();
  if (prefixBase !== undefined && prefixBase !== effective) digits = (match[2] ?? '').toLowerCase() + digits;
  let magnitude = 0n;
  for (const digit of digits) {
    const worth = Number.parseInt(digit, 36);
    if (worth >= effective) return undefined;
    magnitude = magnitude * BigInt(effective) + BigInt(worth);
  }
  return integer(match[1] === '-' ? -magnitude : magnitude);
}

/** Python's `float(text)`; undefined when it is none. */
export function parseFloatText(text: string): number | undefined {
  const special = SPECIAL_FLOAT.exec(text);
  if (special !== null) {
    const value = special[2]?.toLowerCase() === 'nan' ? Number.NaN : Number.POSITIVE_INFINITY;
    return special[1] === '-' ? -value : value;
  }
  return FLOAT_TEXT.test(text) ? Number(text.replaceAll('_', '')) : undefined;
}

/** Python's `round(float, digits)`: to the nearest, a tie to the even digit, on the number's exact decimal value. */
export function roundFloat(value: number, digits: number): number {
  if (!Number.isFinite(value) || digits > 22) return value;
  if (digits < 0) {
    const scale = 10 ** -digits;
    return digits < -308 ? 0 : roundFloat(value / scale, 0) * scale;
  }
  if (Math.abs(value) >= 2 ** 52) return value;
  const exact = Math.abs(value).toFixed(Math.min(100, digits + 60));
  const cut = exact.length - Math.min(60, 100 - digits);
  let magnitude = Number(Math.abs(value).toFixed(digits));
  if (/^50*$/.test(exact.slice(cut))) {
    const kept = exact.slice(0, cut);
    const lastDigit = Number(kept.replace(/\.$/, '').at(-1));
    if (lastDigit % 2 === 0) magnitude = Number(kept);
  }
  return value < 0 ? -magnitude : magnitude;
}
