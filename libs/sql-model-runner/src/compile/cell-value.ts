import { dateValue, momentValue } from './modules/datetime.ts';
import { parseIso } from './modules/moment.ts';
import { hostObject, toPython, type HostObject, type Value } from './template-engine.ts';

/** A cell of a query's answer as Python has it: dates are dates, decimals keep their digits. */
export function cellValue(cell: unknown, type: string): Value {
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

/** Python's Decimal: prints its own digits, counts as a number. */
function decimalValue(text: string): Value {
  if (/^-?\d{1,15}$/u.test(text)) return Number(text);
  const number = Number(text);
  const behind = (value: Value): number | undefined => {
    if (typeof value === 'number') return value;
    const host = (value as HostObject | null)?.definition?.host;
    return typeof host === 'number' ? host : undefined;
  };
  return hostObject({
    typeName: 'Decimal',
    host: number,
    text: () => text,
    repr: () => `Decimal('${text}')`,
    key: () => number,
    isTrue: () => number !== 0,
    compare: (other) => {
      const value = behind(other);
      return value === undefined ? undefined : number - value;
    },
    operate: (operator, other, reflected) => {
      const value = behind(other);
      if (value === undefined) return undefined;
      const [a, b] = reflected ? [value, number] : [number, value];
      return toPython(compute(operator, a, b));
    },
  });
}

function compute(operator: string, a: number, b: number): number | undefined {
  if (operator === '+') return a + b;
  if (operator === '-') return a - b;
  if (operator === '*') return a * b;
  if (operator === '**') return a ** b;
  if (b === 0) return undefined;
  if (operator === '/') return a / b;
  return operator === '//' ? Math.trunc(a / b) : a % b;
}
