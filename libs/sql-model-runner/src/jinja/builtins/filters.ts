import { raise } from '../errors.ts';
import { sizeOf } from '../values/items.ts';
import {
  asNumeric,
  integerText,
  isIntegral,
  negate,
  parseFloatText,
  parseInteger,
  roundFloat,
  toFloat,
} from '../values/numbers.ts';
import { toText } from '../values/print.ts';
import { PyUndefined } from '../values/undefined.ts';
import { float, integer, isTrue, typeName, type Value } from '../values/value.ts';
import { plainFilters, type Filter } from './environment.ts';
import { count, natives, number } from './native.ts';
import { SEQUENCE_FILTERS } from './sequence-filters.ts';
import { TEXT_FILTERS } from './text-filters.ts';

const VALUE_FILTERS = natives({
  abs: ['', absolute],
  count: ['', length],
  d: ['default_value="", boolean=false', withDefault],
  default: ['default_value="", boolean=false', withDefault],
  float: [
    'default=0.0',
    (value: Value, initial: Value) => toFloatValue(digitsOf(value)) ?? (initial === 0 ? float(0) : initial),
  ],
  int: [
    'default=0, base=10',
    (value: Value, initial: Value, base: Value) => toIntegerValue(digitsOf(value), count(base, 'base')) ?? initial,
  ],
  length: ['', length],
  round: [
    'precision=0, method="common"',
    (value: Value, precision: Value, method: Value) => round(value, count(precision, 'precision'), method),
  ],
});

function length(value: Value): Value {
  return sizeOf(value) ?? raise('TypeError', `object of type '${typeName(value)}' has no len()`);
}

function withDefault(value: Value, initial: Value, alsoIfFalse: Value): Value {
  return value instanceof PyUndefined || (isTrue(alsoIfFalse) && !isTrue(value)) ? initial : value;
}

function absolute(value: Value): Value {
  const numeric = asNumeric(value) ?? raise('TypeError', `bad operand type for abs(): '${typeName(value)}'`);
  return toFloat(numeric) < 0 || Object.is(toFloat(numeric), -0) ? negate(numeric) : numeric;
}

/** The digits of a decimal, which a host brings; other values as they are. */
function digitsOf(value: Value): Value {
  return typeName(value) === 'Decimal' ? toText(value) : value;
}

function toFloatValue(value: Value): Value | undefined {
  if (value instanceof PyUndefined) value.fail();
  const numeric = asNumeric(value);
  if (numeric !== undefined) return float(toFloat(numeric));
  const parsed = typeof value === 'string' ? parseFloatText(value) : undefined;
  return parsed === undefined ? undefined : float(parsed);
}

function toIntegerValue(value: Value, base: number): Value | undefined {
  if (value instanceof PyUndefined) value.fail();
  const numeric = asNumeric(value);
  if (numeric === undefined) {
    const parsed = typeof value === 'string' ? parseInteger(value, base) : undefined;
    if (parsed !== undefined) return parsed;
    const asFloat = typeof value === 'string' ? parseFloatText(value) : undefined;
    return asFloat === undefined || !Number.isFinite(asFloat) ? undefined : integer(BigInt(Math.trunc(asFloat)));
  }
  if (isIntegral(numeric)) return numeric;
  return Number.isFinite(toFloat(numeric)) ? integer(BigInt(Math.trunc(toFloat(numeric)))) : undefined;
}

function round(value: Value, precision: number, method: Value): Value {
  if (method !== 'common' && method !== 'ceil' && method !== 'floor')
    raise('FilterArgumentError', 'method must be common, ceil or floor');
  const numeric = asNumeric(value);
  if (method === 'common') {
    if (numeric !== undefined && isIntegral(numeric))
      return precision >= 0 ? numeric : roundInteger(BigInt(numeric), -precision);
    return float(roundFloat(number(value, 'value'), precision));
  }
  const scale = 10 ** precision;
  const scaled = number(value, 'value') * scale;
  return float((method === 'ceil' ? Math.ceil(scaled) : Math.floor(scaled)) / scale);
}

/** To a multiple of 10^digits, a tie to the even one. */
function roundInteger(value: bigint, digits: number): Value {
  if (digits > integerText(value).length) return 0;
  const scale = 10n ** BigInt(digits);
  const floor = ((value % scale) + scale) % scale;
  const down = value - floor;
  const isUp = floor * 2n > scale || (floor * 2n === scale && (down / scale) % 2n !== 0n);
  return integer(isUp ? down + scale : down);
}

/** Jinja's builtin filters, by name. */
export const FILTERS: ReadonlyMap<string, Filter> = new Map([
  ...plainFilters(TEXT_FILTERS),
  ...plainFilters(VALUE_FILTERS),
  ...SEQUENCE_FILTERS,
]);
