import { raise } from '../errors.ts';
import { spendText } from '../runtime/budget.ts';
import { PyDict } from './dict.ts';
import { exponential, fixed, general } from './format-spec.ts';
import { asNumeric, integerText, isIntegral, toFloat, type Numeric } from './numbers.ts';
import { toRepr, toText } from './print.ts';
import { PyRange } from './range.ts';
import { sliceText, textLength } from './text.ts';
import { integer, PyTuple, typeName, type Value } from './value.ts';

const DIRECTIVE = /%(?:\(([^)]*)\))?([-+ #0]*)(\*|\d+)?(?:\.(\*|\d+)?)?([hlL]?)([^])?/gu;
const HAS_PRECISION = /\.(?:\*|\d+)?[hlL]?[^]?$/u;
/** Precisions beyond this are refused. */
const HIGHEST_PRECISION = 4300;

interface Directive {
  readonly flags: string;
  readonly width: number;
  readonly precision: number | undefined;
  readonly type: string;
}

/** Python's `format % values`. */
export function formatPercent(format: string, values: Value): string {
  const positional = values instanceof PyTuple ? values.items : [values];
  const mapping = values instanceof PyDict ? values : undefined;
  let used = 0;
  let usedMapping = false;
  const next = (): Value => {
    const value = positional[used++];
    return value ?? (value === null ? null : raise('TypeError', 'not enough arguments for format string'));
  };
  const nextInteger = (): number => {
    const value = next();
    return typeof value === 'number' && Number.isInteger(value) ? value : raise('TypeError', '* wants int');
  };
  const result = format.replaceAll(
    DIRECTIVE,
    (all: string, key?: string, flags = '', width?: string, precision?: string, _length?: string, type?: string) => {
      if (type === undefined) raise('ValueError', 'incomplete format');
      if (type === '%') return '%';
      const wide = width === '*' ? nextInteger() : Number(width ?? 0);
      const exact =
        precision === '*'
          ? nextInteger()
          : precision === undefined
            ? HAS_PRECISION.test(all)
              ? 0
              : undefined
            : Number(precision);
      if ((exact ?? 0) > HIGHEST_PRECISION) raise('ValueError', 'precision too big');
      const directive = { flags: wide < 0 ? `${flags}-` : flags, width: Math.abs(wide), precision: exact, type };
      if (key === undefined) return formatDirective(next(), directive);
      usedMapping = true;
      if (mapping === undefined) raise('TypeError', 'format requires a mapping');
      return formatDirective(mapping.get(key) ?? raise('KeyError', `'${key}'`), directive);
    },
  );
  if (!usedMapping && !canBeIndexed(values) && used < positional.length) {
    raise('TypeError', 'not all arguments converted during string formatting');
  }
  spendText(result.length);
  return result;
}

/** What Python takes for a mapping here: of a list that is not used it does not complain. */
function canBeIndexed(value: Value): boolean {
  return Array.isArray(value) || value instanceof PyDict || value instanceof PyRange;
}

function formatDirective(value: Value, directive: Directive): string {
  const { type, precision } = directive;
  if (type === 's' || type === 'r' || type === 'a') {
    const text = type === 's' ? toText(value) : toRepr(value);
    return pad('', precision === undefined ? text : sliceText(text, 0, precision), directive, false);
  }
  if (type === 'c') {
    if (typeof value === 'string' && textLength(value) === 1) return pad('', value, directive, false);
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0x10ffff)
      return pad('', String.fromCodePoint(value), directive, false);
    raise('TypeError', '%c requires int or char');
  }
  const number = asNumeric(value);
  if (number === undefined) {
    raise(
      'TypeError',
      `%${type} format: a${'eEfFgG'.includes(type) ? ' real' : type === 'x' || type === 'X' || type === 'o' ? 'n integer' : ' real'} number is required, not ${typeName(value)}`,
    );
  }
  const isFinite = isIntegral(number) || Number.isFinite(toFloat(number));
  const negative = isIntegral(number) ? number < 0 : toFloat(number) < 0 || Object.is(toFloat(number), -0);
  const sign = negative ? '-' : directive.flags.includes('+') ? '+' : directive.flags.includes(' ') ? ' ' : '';
  return pad(sign, digits(number, directive), directive, isFinite);
}

function digits(number: Numeric, { type, precision, flags }: Directive): string {
  if ('eEfFgG'.includes(type)) {
    const value = Math.abs(toFloat(number));
    const isUpper = type === type.toUpperCase();
    const text = Number.isFinite(value)
      ? floating(value, type.toLowerCase(), precision ?? 6, flags)
      : Number.isNaN(value)
        ? 'nan'
        : 'inf';
    return isUpper ? text.toUpperCase() : text;
  }
  if (!'diuxXo'.includes(type)) raise('ValueError', `unsupported format character '${type}'`);
  if (!isIntegral(number) && 'xXo'.includes(type))
    raise('TypeError', `%${type} format: an integer is required, not float`);
  const whole = isIntegral(number) ? BigInt(number) : wholePart(toFloat(number));
  const magnitude = whole < 0n ? -whole : whole;
  const base = type === 'o' ? 8 : type === 'x' || type === 'X' ? 16 : 10;
  const plain = base === 10 ? integerText(magnitude) : magnitude.toString(base);
  const padded = plain.padStart(precision ?? 0, '0');
  const prefix = flags.includes('#') ? (base === 16 ? '0x' : base === 8 ? '0o' : '') : '';
  return type === 'X' ? (prefix + padded).toUpperCase() : prefix + padded;
}

function floating(value: number, type: string, precision: number, flags: string): string {
  if (type === 'f') return fixed(value, precision);
  return type === 'e' ? exponential(value, precision) : general(value, precision, flags.includes('#'));
}

function wholePart(value: number): bigint {
  if (!Number.isFinite(value)) raise('OverflowError', 'cannot convert float infinity or NaN to integer');
  return BigInt(integer(BigInt(Math.trunc(value))));
}

function pad(sign: string, body: string, { flags, width }: Directive, mayZero: boolean): string {
  const missing = width - sign.length - textLength(body);
  if (missing <= 0) return sign + body;
  spendText(missing);
  if (flags.includes('-')) return sign + body + ' '.repeat(missing);
  return mayZero && flags.includes('0') ? sign + '0'.repeat(missing) + body : ' '.repeat(missing) + sign + body;
}
