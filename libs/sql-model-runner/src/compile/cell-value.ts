import { dateValue, momentValue } from './modules/datetime.ts';
import { parseIso } from './modules/moment.ts';
import { hostObject, toPython, type HostObject, type Value } from './template-engine.ts';

/** Agate makes decimals of floats too. */
const FLOAT_TYPES: ReadonlySet<string> = new Set(['float4', 'float8']);

/** A cell of a query's answer as Python has it: dates are dates, decimals keep their digits. */
export function cellValue(cell: unknown, type: string): Value {
  if (typeof cell === 'number' && FLOAT_TYPES.has(type)) return decimalValue(floatDigits(cell));
  if (typeof cell !== 'string') return toPython(cell);
  if (type === 'date') return ofMoment(cell, (moment) => dateValue(moment.wallMs));
  if (type === 'timestamp' || type === 'timestamptz') return ofMoment(cell, momentValue);
  if (type === 'numeric') return decimalValue(cell);
  return cell;
}

function ofMoment(text: string, make: (moment: NonNullable<ReturnType<typeof parseIso>>) => HostObject): Value {
  const moment = parseIso(text);
  return moment === null ? text : make(moment);
}

/** A float as Python prints it: with a fraction, always. */
function floatDigits(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e16 ? `${value}.0` : String(value);
}

/** A decimal: its digits as an integer, and how many of them stand behind the point. */
interface Decimal {
  readonly digits: bigint;
  readonly scale: number;
}

/** Python's Decimal: prints its own digits, computes without rounding. */
function decimalValue(text: string): Value {
  if (/^-?\d{1,15}$/u.test(text)) return Number(text);
  const match = /^(?<whole>-?\d+)(?:\.(?<fraction>\d+))?$/u.exec(text);
  if (!match?.groups) return Number(text);
  const fraction = match.groups['fraction'] ?? '';
  return ofDecimal({ digits: BigInt(`${match.groups['whole'] ?? ''}${fraction}`), scale: fraction.length });
}

function ofDecimal(own: Decimal): HostObject {
  const text = textOfDecimal(own);
  return hostObject({
    typeName: 'Decimal',
    host: own,
    text: () => text,
    repr: () => `Decimal('${text}')`,
    key: () => Number(text),
    isTrue: () => own.digits !== 0n,
    compare: (other) => {
      const value = decimalOf(other);
      return value === undefined ? undefined : Number(text) - Number(textOfDecimal(value));
    },
    operate: (operator, other, reflected) => {
      const value = decimalOf(other);
      if (value === undefined) return undefined;
      return compute(operator, reflected ? value : own, reflected ? own : value);
    },
  });
}

function textOfDecimal({ digits, scale }: Decimal): string {
  if (scale === 0) return String(digits);
  const size = String(digits < 0n ? -digits : digits).padStart(scale + 1, '0');
  return `${digits < 0n ? '-' : ''}${size.slice(0, -scale)}.${size.slice(-scale)}`;
}

function decimalOf(value: Value): Decimal | undefined {
  if (typeof value === 'number' && Number.isInteger(value)) return { digits: BigInt(value), scale: 0 };
  if (typeof value === 'bigint') return { digits: value, scale: 0 };
  const host = (value as HostObject | null)?.definition?.host;
  return host !== null && typeof host === 'object' && 'digits' in host ? (host as Decimal) : undefined;
}

function compute(operator: string, a: Decimal, b: Decimal): Value | undefined {
  const scale = Math.max(a.scale, b.scale);
  const raised = ({ digits, scale: own }: Decimal): bigint => digits * 10n ** BigInt(scale - own);
  if (operator === '+') return ofDecimal({ digits: raised(a) + raised(b), scale });
  if (operator === '-') return ofDecimal({ digits: raised(a) - raised(b), scale });
  if (operator === '*') return ofDecimal({ digits: a.digits * b.digits, scale: a.scale + b.scale });
  if (b.digits === 0n) return undefined;
  if (operator === '//') return toPython(raised(a) / raised(b));
  if (operator === '%') return ofDecimal({ digits: raised(a) % raised(b), scale });
  return operator === '/' ? toPython(Number(textOfDecimal(a)) / Number(textOfDecimal(b))) : undefined;
}
