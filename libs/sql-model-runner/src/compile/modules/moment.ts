import { ModelRunnerError } from '../../errors.ts';

/** A time zone as Python's tzinfo: its offset may depend on the moment. */
export interface Zone {
  readonly name: string;
  /** Minutes that local time is ahead of UTC, at a moment given as its local time. */
  readonly offsetAt: (wallMs: number) => number;
  /** Likewise at a moment given in UTC. */
  readonly offsetAtUtc: (utcMs: number) => number;
}

/** A moment to the microsecond: the wall clock as if it were UTC, and the zone; null: naive. */
export interface Moment {
  readonly wallMs: number;
  /** Beyond the milliseconds, 0 to 999. */
  readonly micros: number;
  readonly zone: Zone | null;
}

export const UTC: Zone = { name: 'UTC', offsetAt: () => 0, offsetAtUtc: () => 0 };

/** A zone of the IANA database. @throws ModelRunnerError when there is none of this name. */
export function namedZone(name: string): Zone {
  if (name === 'UTC') return UTC;
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch {
    throw new ModelRunnerError(
      `pytz.timezone('${name}') names no time zone; expected e.g. 'Europe/Zurich'`,
      'terminal',
    );
  }
  const offsetAtUtc = (utcMs: number): number => {
    const parts = Object.fromEntries(format.formatToParts(utcMs).map(({ type, value }) => [type, Number(value)]));
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
    return Math.round(
      (Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(utcMs / 1000) * 1000) / 60_000,
    );
  };
  return {
    name,
    offsetAtUtc,
    offsetAt: (wallMs) => {
      const guess = offsetAtUtc(wallMs - offsetAtUtc(wallMs) * 60_000);
      return guess;
    },
  };
}

export function fixedZone(minutes: number): Zone {
  const name = minutes === 0 ? 'UTC' : `UTC${offsetText(minutes)}`;
  return { name, offsetAt: () => minutes, offsetAtUtc: () => minutes };
}

export function utcMsOf({ wallMs, zone }: Moment): number {
  return zone === null ? wallMs : wallMs - zone.offsetAt(wallMs) * 60_000;
}

export function inZone(utcMs: number, micros: number, zone: Zone): Moment {
  return { wallMs: utcMs + zone.offsetAtUtc(utcMs) * 60_000, micros, zone };
}

/** `+05:30`. */
export function offsetText(minutes: number, separator = ':'): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}${separator}${two(size % 60)}`;
}

/** `2024-01-31` or `2024-01-31T10:00:00[.000000][+00:00]`, as Python writes them. */
export function isoText(moment: Moment, separator: string): string {
  const iso = new Date(moment.wallMs).toISOString();
  const micros = (((moment.wallMs % 1000) + 1000) % 1000) * 1000 + moment.micros;
  const fraction = micros === 0 ? '' : `.${String(micros).padStart(6, '0')}`;
  const zone = moment.zone === null ? '' : offsetText(moment.zone.offsetAt(moment.wallMs));
  return `${iso.slice(0, 10)}${separator}${iso.slice(11, 19)}${fraction}${zone}`;
}

const ISO =
  /^(?<date>\d{4}-\d{2}-\d{2})(?:[T ](?<time>\d{2}:\d{2}(?::\d{2})?)(?:[.,](?<fraction>\d{1,6}))?\s*(?<zone>Z|[+-]\d{2}(?::?\d{2})?)?)?$/u;

/** Python's `fromisoformat`; null when it is no such text. */
export function parseIso(text: string): Moment | null {
  const groups = ISO.exec(text.trim())?.groups;
  if (!groups) return null;
  const time = groups['time'] ?? '00:00:00';
  const wallMs = Date.parse(`${groups['date'] ?? ''}T${time.length === 5 ? `${time}:00` : time}Z`);
  if (Number.isNaN(wallMs)) return null;
  const fraction = (groups['fraction'] ?? '').padEnd(6, '0');
  const micros = fraction === '000000' ? 0 : Number(fraction);
  return { wallMs: wallMs + Math.floor(micros / 1000), micros: micros % 1000, zone: zoneOf(groups['zone']) };
}

export function zoneOf(text: string | undefined): Zone | null {
  if (text === undefined || text === '') return null;
  if (text === 'Z' || text === 'UTC') return UTC;
  const [, sign, hours, minutes = '0'] = /^([+-])(\d{2}):?(\d{2})?$/u.exec(text) ?? [];
  return fixedZone((Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1));
}
