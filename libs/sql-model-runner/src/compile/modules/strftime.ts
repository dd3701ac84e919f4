import { ModelRunnerError } from '../../errors.ts';
import { offsetText, zoneOf, type Moment } from './moment.ts';

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const;
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
] as const;

const DAY_MS = 86_400_000;

/** Python's `strftime`; directives that it does not know stay as they are. */
export function formatMoment(moment: Moment, format: string): string {
  const date = new Date(moment.wallMs);
  const two = (value: number): string => String(value).padStart(2, '0');
  const hour = date.getUTCHours();
  const dayOfYear = Math.floor((moment.wallMs - Date.UTC(date.getUTCFullYear(), 0, 1)) / DAY_MS);
  const weekday = date.getUTCDay();
  const offset = moment.zone === null ? null : moment.zone.offsetAt(moment.wallMs);
  const directives: Readonly<Record<string, () => string>> = {
    Y: () => String(date.getUTCFullYear()).padStart(4, '0'),
    y: () => two(date.getUTCFullYear() % 100),
    m: () => two(date.getUTCMonth() + 1),
    d: () => two(date.getUTCDate()),
    e: () => String(date.getUTCDate()).padStart(2),
    H: () => two(hour),
    I: () => two(hour % 12 === 0 ? 12 : hour % 12),
    M: () => two(date.getUTCMinutes()),
    S: () => two(date.getUTCSeconds()),
    f: () => String(date.getUTCMilliseconds() * 1000 + moment.micros).padStart(6, '0'),
    p: () => (hour < 12 ? 'AM' : 'PM'),
    j: () => String(dayOfYear + 1).padStart(3, '0'),
    A: () => DAYS[weekday] ?? '',
    a: () => (DAYS[weekday] ?? '').slice(0, 3),
    B: () => MONTHS[date.getUTCMonth()] ?? '',
    b: () => (MONTHS[date.getUTCMonth()] ?? '').slice(0, 3),
    w: () => String(weekday),
    u: () => String(weekday === 0 ? 7 : weekday),
    U: () => two(Math.floor((dayOfYear + 7 - weekday) / 7)),
    W: () => two(Math.floor((dayOfYear + 7 - ((weekday + 6) % 7)) / 7)),
    V: () => two(isoWeek(moment.wallMs).week),
    G: () => String(isoWeek(moment.wallMs).year),
    s: () => String(Math.floor((moment.wallMs - (offset ?? 0) * 60_000) / 1000)),
    z: () => (offset === null ? '' : offsetText(offset, '')),
    Z: () => moment.zone?.name ?? '',
    F: () => formatMoment(moment, '%Y-%m-%d'),
    T: () => formatMoment(moment, '%H:%M:%S'),
    R: () => formatMoment(moment, '%H:%M'),
    D: () => formatMoment(moment, '%m/%d/%y'),
    x: () => formatMoment(moment, '%m/%d/%y'),
    X: () => formatMoment(moment, '%H:%M:%S'),
    c: () => formatMoment(moment, '%a %b %e %H:%M:%S %Y'),
    '%': () => '%',
  };
  return format.replaceAll(/%-?([A-Za-z%])/gu, (whole, letter: string) => {
    const text = directives[letter]?.() ?? whole;
    return whole.startsWith('%-') ? text.replace(/^0+(?=\d)/u, '') : text;
  });
}

/** Week and year of ISO 8601. */
export function isoWeek(wallMs: number): { readonly year: number; readonly week: number } {
  const date = new Date(wallMs);
  const thursday = new Date(wallMs + (3 - ((date.getUTCDay() + 6) % 7)) * DAY_MS);
  const year = thursday.getUTCFullYear();
  return { year, week: Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / (7 * DAY_MS)) + 1 };
}

const FIELDS: Readonly<Record<string, string>> = {
  Y: '(?<Y>\\d{4})',
  y: '(?<y>\\d{2})',
  m: '(?<m>\\d{1,2})',
  d: '(?<d>\\d{1,2})',
  H: '(?<H>\\d{1,2})',
  I: '(?<I>\\d{1,2})',
  M: '(?<M>\\d{1,2})',
  S: '(?<S>\\d{1,2})',
  f: '(?<f>\\d{1,6})',
  j: '(?<j>\\d{1,3})',
  p: '(?<p>[AaPp][Mm])',
  B: `(?<B>${MONTHS.join('|')})`,
  b: `(?<b>${MONTHS.map((month) => month.slice(0, 3)).join('|')})`,
  A: `(?:${DAYS.join('|')})`,
  a: `(?:${DAYS.map((day) => day.slice(0, 3)).join('|')})`,
  z: '(?<z>Z|[+-]\\d{2}:?\\d{2})',
  Z: '(?<Z>UTC|GMT|[A-Z]{3,4})',
  F: '(?<Y>\\d{4})-(?<m>\\d{1,2})-(?<d>\\d{1,2})',
  T: '(?<H>\\d{1,2}):(?<M>\\d{1,2}):(?<S>\\d{1,2})',
  '%': '%',
};

/** Python's `strptime`. @throws ModelRunnerError when the text has another form. */
export function parseMoment(text: string, format: string): Moment {
  const source = format
    .replaceAll(/[\\^$.*+?()[\]{}|]/gu, '\\$&')
    .replaceAll(/%([A-Za-z%])/gu, (whole, letter: string) => FIELDS[letter] ?? whole)
    .replaceAll(/\s+/gu, '\\s+');
  const groups = new RegExp(`^${source}$`, 'iu').exec(text)?.groups;
  if (!groups) throw new ModelRunnerError(`time data '${text}' does not match format '${format}'`, 'terminal');
  const number = (key: string): number | null => (groups[key] === undefined ? null : Number(groups[key]));
  const short = number('y');
  const year = number('Y') ?? (short === null ? 1900 : short + (short < 69 ? 2000 : 1900));
  const named = (groups['B'] ?? groups['b'])?.slice(0, 3).toLowerCase();
  const month =
    named === undefined ? number('m') : MONTHS.findIndex((name) => name.toLowerCase().startsWith(named)) + 1;
  const half = groups['p']?.toLowerCase();
  const hour = number('H') ?? ((number('I') ?? 0) % 12) + (half === 'pm' ? 12 : 0);
  const micros = Number((groups['f'] ?? '0').padEnd(6, '0'));
  const dayOfYear = number('j');
  const start = dayOfYear === null ? Date.UTC(year, (month ?? 1) - 1, number('d') ?? 1) : Date.UTC(year, 0, dayOfYear);
  const wallMs = start + hour * 3_600_000 + (number('M') ?? 0) * 60_000 + (number('S') ?? 0) * 1000;
  return {
    wallMs: wallMs + Math.floor(micros / 1000),
    micros: micros % 1000,
    zone: zoneOf(groups['z'] ?? (groups['Z'] ? 'UTC' : undefined)),
  };
}
