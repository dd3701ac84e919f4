/** How texts of a seed's column are read. */
export interface SeedType {
  /** PostgreSQL type. */
  readonly sql: string;
  /** The value for the database; null for an empty one. */
  readonly convert: (text: string) => string | null;
}

/** What a text cannot be read as. */
const NO = Symbol('not of this type');
type Reading = string | null | typeof NO;

const CURRENCY = '؋$ƒ៛¥₡₱£€¢﷼₪₩₭₮₦฿₤₫';
const DECIMAL = /^[+-]?(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:e[+-]?\d+)?$/iu;
const SPECIAL = /^[+-]?(?:nan|s?nan\d*|inf|infinity)$/iu;

/**
 * Chooses the type of a column as dbt does (agate with dbt's list of types): number, date, timestamp, boolean, else text. A column
 * without values is an integer. Number columns are `integer`, or `float8` when any value has decimals.
 */
export function inferSeedType(values: readonly string[]): SeedType {
  if (values.every((value) => readNumber(value) !== NO)) {
    const hasDecimals = values.some((value) => hasFraction(readNumber(value)));
    return { sql: hasDecimals ? 'float8' : 'integer', convert: converter(readNumber) };
  }
  for (const [sql, read] of CANDIDATES) {
    if (values.every((value) => read(value) !== NO)) return { sql, convert: converter(read) };
  }
  return { sql: 'text', convert: textOrNull };
}

/** A text as it stands, null for what dbt takes as null: nothing, and `null` in any case. */
export function textOrNull(text: string): string | null {
  return isNull(text) ? null : text;
}

function isNull(text: string): boolean {
  const bare = text.trim().toLowerCase();
  return bare === '' || bare === 'null';
}

const CANDIDATES: readonly (readonly [string, (text: string) => Reading])[] = [
  ['date', readDate],
  ['timestamp without time zone', readDateTime],
  ['timestamp without time zone', readIsoDateTime],
  ['boolean', readBoolean],
];

function converter(read: (text: string) => Reading): SeedType['convert'] {
  return (text) => {
    const value = read(text);
    return typeof value === 'string' ? value : null;
  };
}

/** `$1,000`, `5%`, `1e3` and the like are numbers; written out in plain digits, which every number type takes. */
function readNumber(text: string): Reading {
  if (isNull(text)) return null;
  let bare = trimChars(text.trim(), '%');
  const sign = bare.startsWith('-') ? '-' : '';
  if (sign !== '') bare = bare.slice(1);
  for (const symbol of CURRENCY) bare = trimChars(bare, symbol);
  bare = bare.replaceAll(',', '').trim();
  if (SPECIAL.test(bare)) return `${sign}${bare}`;
  return DECIMAL.test(bare) ? withSign(sign, plainDigits(bare.replaceAll('_', ''))) : NO;
}

function trimChars(text: string, char: string): string {
  let [start, end] = [0, text.length];
  while (start < end && text[start] === char) start += 1;
  while (end > start && text[end - 1] === char) end -= 1;
  return text.slice(start, end);
}

function withSign(sign: string, digits: string): string {
  if (sign === '') return digits;
  return digits.startsWith('-') ? digits.slice(1) : `-${digits}`;
}

function plainDigits(text: string): string {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e');
  const sign = mantissa.startsWith('-') ? '-' : '';
  const [whole = '', fraction = ''] = mantissa.replace(/^[+-]/u, '').split('.');
  const shift = Math.max(-1000, Math.min(1000, Number(exponent)));
  const digits = `${whole}${fraction}`;
  const point = whole.length + shift;
  const padded = point < 0 ? `${'0'.repeat(-point)}${digits}` : digits.padEnd(point, '0');
  const at = Math.max(0, point);
  const integer = padded.slice(0, at).replace(/^0+(?=\d)/u, '') || '0';
  const decimals = padded.slice(at).replace(/0+$/u, '');
  return `${sign}${integer}${decimals === '' ? '' : `.${decimals}`}`;
}

function hasFraction(value: Reading): boolean {
  return typeof value === 'string' && value.includes('.');
}

function readBoolean(text: string): Reading {
  if (isNull(text)) return null;
  const bare = text.replaceAll(',', '').trim().toLowerCase();
  return bare === 'true' || bare === 'false' ? bare : NO;
}

function readDate(text: string): Reading {
  if (isNull(text)) return null;
  const match = /^(?<year>\d{4})-(?<month>\d{1,2})-(?<day>\d{1,2})$/u.exec(text.trim());
  return match ? (isoDate(match.groups) ?? NO) : NO;
}

function readDateTime(text: string): Reading {
  if (isNull(text)) return null;
  const match =
    /^(?<year>\d{4})-(?<month>\d{1,2})-(?<day>\d{1,2})\s+(?<hour>\d{1,2}):(?<minute>\d{1,2}):(?<second>\d{1,2})$/u.exec(
      text.trim(),
    );
  const date = match && isoDate(match.groups);
  const time = match && clockTime(match.groups);
  return date && time ? `${date} ${time}` : NO;
}

const ISO =
  /^(?<year>\d{4})(?<dash>-?)(?<month>\d{2})\k<dash>(?<day>\d{2})T(?<hour>\d{2})(?::?(?<minute>\d{2})(?::?(?<second>\d{2}))?)?(?<fraction>[.,]\d+)?(?<zone>Z|[+-]\d{2}(?::?\d{2})?)?$/u;

/** ISO 8601 with a `T`; a time with a zone is turned into UTC, as the sessions are in UTC. */
function readIsoDateTime(text: string): Reading {
  if (isNull(text)) return null;
  const groups = ISO.exec(text.trim())?.groups;
  const date = groups && isoDate(groups);
  const time = groups && clockTime(groups);
  if (!groups || !date || !time) return NO;
  const fraction = (groups['fraction'] ?? '').replace(',', '.').slice(0, 7);
  const zone = groups['zone'] ?? '';
  if (zone === '' || zone === 'Z') return `${date} ${time}${fraction}`;
  const [, sign, hours, minutes = '00'] = /^(?<sign>[+-])(?<hours>\d{2}):?(?<minutes>\d{2})?$/u.exec(zone) ?? [];
  const offsetMs = (Number(hours) * 60 + Number(minutes)) * 60_000 * (sign === '-' ? -1 : 1);
  const utc = new Date(Date.parse(`${date}T${time}Z`) - offsetMs).toISOString();
  return `${utc.slice(0, 10)} ${utc.slice(11, 19)}${fraction}`;
}

type Groups = Readonly<Record<string, string | undefined>> | undefined;

function isoDate(groups: Groups): string | null {
  const [year = '', month = '', day = ''] = [groups?.['year'], groups?.['month'], groups?.['day']];
  const text = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  const parsed = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(text) && year !== '0000' ? text : null;
}

function clockTime(groups: Groups): string | null {
  const [hour = '0', minute = '0', second = '0'] = [groups?.['hour'], groups?.['minute'], groups?.['second']];
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return null;
  return [hour, minute, second].map((part) => part.padStart(2, '0')).join(':');
}
