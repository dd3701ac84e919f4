import { raise } from '../errors.ts';
import { spendText } from '../runtime/budget.ts';
import {
  asNumeric,
  floatText,
  integerText,
  isIntegral,
  parseInteger,
  roundFloat,
  toFloat,
  type Numeric,
} from './numbers.ts';
import { toText } from './print.ts';
import { sliceText, textLength } from './text.ts';
import { typeName, type Value } from './value.ts';

const SPEC = /^(?:([^])?([<>=^]))?([-+ ])?(#)?(0)?(\d+)?([,_])?(?:\.(\d+))?([bcdeEfFgGnosxX%])?$/u;
/** Widths and precisions beyond this are refused. */
const LONGEST_NUMBER = 4300;

interface Spec {
  readonly fill: string;
  readonly align: string;
  readonly sign: string;
  readonly alternate: boolean;
  readonly width: number;
  readonly grouping: string;
  readonly precision: number | undefined;
  readonly type: string;
}

/** Python's `format(value, spec)`. */
export function formatValue(value: Value, spec: string): string {
  if (spec === '') return toText(value);
  const parsed = parseSpec(spec);
  const numeric = asNumeric(value);
  if (numeric !== undefined && !(typeof value === 'boolean' && parsed.type === 's'))
    return formatNumber(numeric, parsed);
  if (typeof value !== 'string')
    raise('TypeError', `unsupported format string passed to ${typeName(value)}.__format__`);
  if (parsed.type !== '' && parsed.type !== 's')
    raise('ValueError', `Unknown format code '${parsed.type}' for object of type 'str'`);
  const cut = parsed.precision === undefined ? value : sliceText(value, 0, parsed.precision);
  return pad(cut, '', parsed, '<');
}

function parseSpec(spec: string): Spec {
  const match = SPEC.exec(spec);
  if (match === null) raise('ValueError', `Invalid format specifier '${spec}'`);
  const [, fill, align, sign = '-', alternate, zero, width = '0', grouping = '', precision, type = ''] = match;
  if (Number(precision ?? 0) > LONGEST_NUMBER) raise('ValueError', 'precision too big');
  return {
    fill: fill ?? (zero === undefined || align !== undefined ? ' ' : '0'),
    align: align ?? (zero === undefined ? '' : '='),
    sign,
    alternate: alternate !== undefined,
    width: Number(width),
    grouping,
    precision: precision === undefined ? undefined : Number(precision),
    type,
  };
}

function formatNumber(value: Numeric, spec: Spec): string {
  if (spec.type === 'c') return pad(String.fromCodePoint(toFloat(value)), '', spec, '<');
  if (spec.type === 's') raise('ValueError', `Unknown format code 's' for object of type '${typeName(value)}'`);
  const integral = isIntegral(value) && !/[eEfFgG%]/.test(spec.type);
  if (!isIntegral(value) && /[bdoxX]/.test(spec.type)) {
    raise('ValueError', `Unknown format code '${spec.type}' for object of type 'float'`);
  }
  const negative = isIntegral(value) ? value < 0 : toFloat(value) < 0 || Object.is(toFloat(value), -0);
  const digits = integral ? integerDigits(value, spec) : floatDigits(Math.abs(toFloat(value)), spec);
  const sign = negative ? '-' : spec.sign === '-' ? '' : spec.sign;
  return pad(spec.grouping === '' ? digits : group(digits, spec.grouping), sign, spec, '>');
}

function integerDigits(value: number | bigint, { type, alternate }: Spec): string {
  const magnitude = value < 0 ? -BigInt(value) : BigInt(value);
  const [base, prefix] =
    type === 'b' ? [2, '0b'] : type === 'o' ? [8, '0o'] : type === 'x' || type === 'X' ? [16, '0x'] : [10, ''];
  const digits = base === 10 ? integerText(magnitude) : (alternate ? prefix : '') + magnitude.toString(base);
  return type === 'X' ? digits.toUpperCase() : digits;
}

function floatDigits(value: number, { type, precision, alternate }: Spec): string {
  if (!Number.isFinite(value)) {
    const text = Number.isNaN(value) ? 'nan' : 'inf';
    return (/[EFG]/.test(type) ? text.toUpperCase() : text) + (type === '%' ? '%' : '');
  }
  if (type === '%') return `${fixed(value * 100, precision ?? 6)}%`;
  if (type === 'f' || type === 'F') return fixed(value, precision ?? 6);
  if (type === 'e' || type === 'E') {
    const text = exponential(value, precision ?? 6);
    return type === 'E' ? text.toUpperCase() : text;
  }
  if (type === '' && precision === undefined) return floatText(value);
  const text = general(value, precision ?? 6, alternate, type === '');
  return type === 'G' ? text.toUpperCase() : text;
}

/** `%.<precision>f` of a number that is not negative. */
export function fixed(value: number, precision: number): string {
  if (value >= 1e21) return BigInt(value).toString() + (precision > 0 ? `.${'0'.repeat(precision)}` : '');
  const digits = Math.min(precision, 100);
  const text = (digits <= 22 ? roundFloat(value, digits) : value).toFixed(digits);
  return precision > digits ? text + '0'.repeat(precision - digits) : text;
}

/** `%.<precision>e` of a number that is not negative. */
export function exponential(value: number, precision: number): string {
  return value.toExponential(Math.min(precision, 100)).replace(/e([+-])(\d)$/, 'e$10$2');
}

/** `%.<precision>g` of a number that is not negative. */
export function general(value: number, precision: number, keepZeros: boolean, keepFraction = false): string {
  const significant = Math.min(Math.max(precision, 1), 100);
  const exponent = value === 0 ? 0 : Number(value.toExponential(significant - 1).split('e')[1]);
  const usesExponent =
    exponent < -4 || exponent >= significant - (keepFraction && exponent === significant - 1 ? 1 : 0);
  const text = usesExponent
    ? exponential(value, significant - 1)
    : fixed(value, Math.max(0, significant - 1 - exponent));
  if (keepZeros) return text;
  const [mantissa = '', power] = text.split('e');
  const trimmed = mantissa.includes('.') ? mantissa.replace(/\.?0+$/, '') : mantissa;
  if (power !== undefined) return `${trimmed}e${power}`;
  return keepFraction && !trimmed.includes('.') ? `${trimmed}.0` : trimmed;
}

function group(digits: string, separator: string): string {
  const [, whole = '', rest = ''] = /^(\d*)([^]*)$/.exec(digits) ?? [];
  return whole.replaceAll(/\B(?=(?:\d{3})+$)/g, separator) + rest;
}

function pad(body: string, sign: string, { fill, align, width }: Spec, initial: string): string {
  const missing = width - textLength(body) - sign.length;
  if (missing <= 0) return sign + body;
  spendText(missing);
  const side = align === '' ? initial : align;
  if (side === '=') return sign + fill.repeat(missing) + body;
  const left = side === '<' ? 0 : side === '>' ? missing : missing >> 1;
  return fill.repeat(left) + sign + body + fill.repeat(missing - left);
}

/** An index in a format field: digits are an integer, anything else a key. */
export function fieldKey(text: string): Value {
  return /^\d+$/.test(text) ? (parseInteger(text, 10) ?? text) : text;
}
