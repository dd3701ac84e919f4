import { textOf } from './call-arguments.ts';
import { hostFunction, hostObject, type HostObject } from './template-engine.ts';

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/** `run_started_at`: a moment in UTC with the methods of Python's datetime that templates use. */
export function dateTimeValue(moment: Date): HostObject {
  const text = `${formatTime(moment, '%Y-%m-%d %H:%M:%S.%f')}+00:00`;
  return hostObject({
    typeName: 'datetime',
    attributes: {
      year: moment.getUTCFullYear(),
      month: moment.getUTCMonth() + 1,
      day: moment.getUTCDate(),
      hour: moment.getUTCHours(),
      minute: moment.getUTCMinutes(),
      second: moment.getUTCSeconds(),
      microsecond: moment.getUTCMilliseconds() * 1000,
      strftime: hostFunction('strftime', ({ positional: [format] }) => formatTime(moment, textOf(format))),
      isoformat: hostFunction('isoformat', () => text.replace(' ', 'T')),
      date: hostFunction('date', () => dateValue(moment)),
      timestamp: hostFunction('timestamp', () => moment.getTime() / 1000),
    },
    text: () => text,
    repr: () => `datetime.datetime(${text})`,
    key: () => moment.getTime(),
    isTrue: () => true,
  });
}

function dateValue(moment: Date): HostObject {
  const text = formatTime(moment, '%Y-%m-%d');
  return hostObject({
    typeName: 'date',
    attributes: {
      year: moment.getUTCFullYear(),
      month: moment.getUTCMonth() + 1,
      day: moment.getUTCDate(),
      strftime: hostFunction('strftime', ({ positional: [format] }) => formatTime(moment, textOf(format))),
      isoformat: hostFunction('isoformat', () => text),
    },
    text: () => text,
    key: () => text,
    isTrue: () => true,
  });
}

/** Python's `strftime` in UTC; directives that it does not know stay as they are. */
export function formatTime(moment: Date, format: string): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const hour = moment.getUTCHours();
  const startOfYear = Date.UTC(moment.getUTCFullYear(), 0, 1);
  const directives: Readonly<Record<string, () => string>> = {
    Y: () => String(moment.getUTCFullYear()).padStart(4, '0'),
    y: () => two(moment.getUTCFullYear() % 100),
    m: () => two(moment.getUTCMonth() + 1),
    d: () => two(moment.getUTCDate()),
    H: () => two(hour),
    I: () => two(hour % 12 === 0 ? 12 : hour % 12),
    M: () => two(moment.getUTCMinutes()),
    S: () => two(moment.getUTCSeconds()),
    f: () => String(moment.getUTCMilliseconds() * 1000).padStart(6, '0'),
    p: () => (hour < 12 ? 'AM' : 'PM'),
    j: () => String(Math.floor((moment.getTime() - startOfYear) / 86_400_000) + 1).padStart(3, '0'),
    A: () => DAYS[moment.getUTCDay()] ?? '',
    a: () => (DAYS[moment.getUTCDay()] ?? '').slice(0, 3),
    B: () => MONTHS[moment.getUTCMonth()] ?? '',
    b: () => (MONTHS[moment.getUTCMonth()] ?? '').slice(0, 3),
    w: () => String(moment.getUTCDay()),
    u: () => String(moment.getUTCDay() === 0 ? 7 : moment.getUTCDay()),
    s: () => String(Math.floor(moment.getTime() / 1000)),
    z: () => '+0000',
    Z: () => 'UTC',
    F: () => formatTime(moment, '%Y-%m-%d'),
    T: () => formatTime(moment, '%H:%M:%S'),
    '%': () => '%',
  };
  return format.replaceAll(/%([A-Za-z%])/gu, (whole, letter: string) => directives[letter]?.() ?? whole);
}
