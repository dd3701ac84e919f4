import { ModelRunnerError } from '../../errors.ts';
import { named, textOf } from '../call-arguments.ts';
import {
  float,
  hostFunction,
  hostObject,
  PyTuple,
  toHost,
  type CallArguments,
  type HostObject,
  type Value,
} from '../template-engine.ts';
import { fixedZone, inZone, isoText, namedZone, parseIso, UTC, utcMsOf, type Moment, type Zone } from './moment.ts';
import { behindTime, microsOfDay, timeClass, timeValue } from './time-of-day.ts';
import { formatMoment, isoWeek, parseMoment } from './strftime.ts';

const DAY_MS = 86_400_000;

/** What stands behind a value of this module. */
type Behind =
  | { readonly kind: 'datetime'; readonly moment: Moment }
  | { readonly kind: 'date'; readonly wallMs: number }
  | { readonly kind: 'timedelta'; readonly micros: number }
  | { readonly kind: 'tz'; readonly zone: Zone };

function behind(value: Value | undefined): Behind | null {
  const host = (value as HostObject | undefined)?.definition?.host as Behind | undefined;
  return host && typeof host === 'object' && 'kind' in host ? host : null;
}

function numbersOf(args: CallArguments, names: readonly string[]): Readonly<Record<string, number | undefined>> {
  const given = named(args, names);
  return Object.fromEntries(
    names.map((name) => [name, given[name] === undefined ? undefined : Number(toHost(given[name]))]),
  );
}

/** A datetime in UTC, as `run_started_at`. */
export function dateTimeValue(moment: Date): HostObject {
  return momentValue({ wallMs: moment.getTime(), micros: 0, zone: UTC });
}

/** Python's datetime. */
export function momentValue(moment: Moment): HostObject {
  const date = new Date(moment.wallMs);
  const micros = (((moment.wallMs % 1000) + 1000) % 1000) * 1000 + moment.micros;
  const fn = hostFunction;
  return hostObject({
    typeName: 'datetime',
    host: { kind: 'datetime', moment } satisfies Behind,
    attributes: {
      ...dateParts(date),
      hour: date.getUTCHours(),
      minute: date.getUTCMinutes(),
      second: date.getUTCSeconds(),
      microsecond: micros,
      tzinfo: moment.zone === null ? null : zoneValue(moment.zone),
      strftime: fn('strftime', ({ positional: [format] }) => formatMoment(moment, textOf(format))),
      isoformat: fn('isoformat', (args) => {
        const { sep } = named(args, ['sep']);
        return isoText(moment, sep === undefined ? 'T' : textOf(sep));
      }),
      date: fn('date', () => dateValue(moment.wallMs)),
      time: fn('time', () => timeValue(microsOfDay(moment))),
      timestamp: fn('timestamp', () => float(utcMsOf(moment) / 1000 + moment.micros / 1e6)),
      weekday: fn('weekday', () => (date.getUTCDay() + 6) % 7),
      isoweekday: fn('isoweekday', () => (date.getUTCDay() === 0 ? 7 : date.getUTCDay())),
      isocalendar: fn('isocalendar', () => isoCalendar(moment.wallMs)),
      utcoffset: fn('utcoffset', () =>
        moment.zone === null ? null : deltaValue(moment.zone.offsetAt(moment.wallMs) * 6e7),
      ),
      replace: fn('replace', (args) => momentValue(replaced(moment, args))),
      astimezone: fn('astimezone', ({ positional: [zone] }) => {
        const found = behind(zone);
        return momentValue(inZone(utcMsOf(moment), moment.micros, found?.kind === 'tz' ? found.zone : UTC));
      }),
    },
    text: () => isoText(moment, ' '),
    repr: () => `datetime.datetime(${isoText(moment, ' ')})`,
    key: () => `${utcMsOf(moment)} ${moment.micros} ${moment.zone === null}`,
    isTrue: () => true,
    compare: (other) => {
      const found = behind(other);
      if (found?.kind !== 'datetime') return undefined;
      return utcMsOf(moment) - utcMsOf(found.moment) || moment.micros - found.moment.micros;
    },
    operate: (operator, other, reflected) => {
      const found = behind(other);
      if (found?.kind === 'timedelta' && (operator === '+' || (operator === '-' && !reflected)))
        return momentValue(shifted(moment, operator === '+' ? found.micros : -found.micros));
      if (found?.kind === 'datetime' && operator === '-' && !reflected)
        return deltaValue((utcMsOf(moment) - utcMsOf(found.moment)) * 1000 + moment.micros - found.moment.micros);
      return undefined;
    },
  });
}

function dateParts(date: Date): Readonly<Record<string, Value>> {
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

function shifted(moment: Moment, micros: number): Moment {
  const total = moment.micros + micros;
  const wholeMs = Math.floor(total / 1000);
  return { ...moment, wallMs: moment.wallMs + wholeMs, micros: total - wholeMs * 1000 };
}

const PARTS = ['year', 'month', 'day', 'hour', 'minute', 'second', 'microsecond'] as const;

function replaced(moment: Moment, args: CallArguments): Moment {
  const date = new Date(moment.wallMs);
  const part = numbersOf(args, PARTS);
  const micros = part['microsecond'] ?? date.getUTCMilliseconds() * 1000 + moment.micros;
  const given = args.keyword.get('tzinfo');
  const found = behind(given);
  const zone = given === undefined ? moment.zone : found?.kind === 'tz' ? found.zone : null;
  const wallMs = Date.UTC(
    part['year'] ?? date.getUTCFullYear(),
    (part['month'] ?? date.getUTCMonth() + 1) - 1,
    part['day'] ?? date.getUTCDate(),
    part['hour'] ?? date.getUTCHours(),
    part['minute'] ?? date.getUTCMinutes(),
    part['second'] ?? date.getUTCSeconds(),
    Math.floor(micros / 1000),
  );
  return { wallMs, micros: micros % 1000, zone };
}

/** Python's date. */
export function dateValue(wallMs: number): HostObject {
  const day = Math.floor(wallMs / DAY_MS) * DAY_MS;
  const date = new Date(day);
  const moment: Moment = { wallMs: day, micros: 0, zone: null };
  const text = isoText(moment, ' ').slice(0, 10);
  const fn = hostFunction;
  return hostObject({
    typeName: 'date',
    host: { kind: 'date', wallMs: day } satisfies Behind,
    attributes: {
      ...dateParts(date),
      strftime: fn('strftime', ({ positional: [format] }) => formatMoment(moment, textOf(format))),
      isoformat: fn('isoformat', () => text),
      weekday: fn('weekday', () => (date.getUTCDay() + 6) % 7),
      isoweekday: fn('isoweekday', () => (date.getUTCDay() === 0 ? 7 : date.getUTCDay())),
      isocalendar: fn('isocalendar', () => isoCalendar(day)),
      replace: fn('replace', (args) => dateValue(replaced(moment, args).wallMs)),
    },
    text: () => text,
    repr: () => `datetime.date(${date.getUTCFullYear()}, ${date.getUTCMonth() + 1}, ${date.getUTCDate()})`,
    key: () => text,
    isTrue: () => true,
    compare: (other) => {
      const found = behind(other);
      return found?.kind === 'date' ? day - found.wallMs : undefined;
    },
    operate: (operator, other, reflected) => {
      const found = behind(other);
      if (found?.kind === 'timedelta' && (operator === '+' || (operator === '-' && !reflected))) {
        const days = Math.floor(found.micros / 1000 / DAY_MS);
        return dateValue(day + (operator === '+' ? days : -days) * DAY_MS);
      }
      if (found?.kind === 'date' && operator === '-' && !reflected) return deltaValue((day - found.wallMs) * 1000);
      return undefined;
    },
  });
}

/** Python's timedelta. */
function deltaValue(micros: number): HostObject {
  const days = Math.floor(micros / (DAY_MS * 1000));
  const rest = micros - days * DAY_MS * 1000;
  const seconds = Math.floor(rest / 1e6);
  const text = (): string => {
    const two = (value: number): string => String(value).padStart(2, '0');
    const clock = `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
    const fraction = rest % 1e6 === 0 ? '' : `.${String(rest % 1e6).padStart(6, '0')}`;
    return `${days === 0 ? '' : `${days} day${Math.abs(days) === 1 ? '' : 's'}, `}${clock}${fraction}`;
  };
  return hostObject({
    typeName: 'timedelta',
    host: { kind: 'timedelta', micros } satisfies Behind,
    attributes: {
      days,
      seconds,
      microseconds: rest % 1e6,
      total_seconds: hostFunction('total_seconds', () => float(micros / 1e6)),
    },
    text,
    key: () => micros,
    isTrue: () => micros !== 0,
    compare: (other) => {
      const found = behind(other);
      return found?.kind === 'timedelta' ? micros - found.micros : undefined;
    },
    operate: (operator, other, reflected) => {
      const found = behind(other);
      if (found?.kind === 'timedelta') {
        if (operator === '+') return deltaValue(micros + found.micros);
        if (operator === '-' && !reflected) return deltaValue(micros - found.micros);
        if (operator === '//' && !reflected) return Math.floor(micros / found.micros);
        return operator === '/' && !reflected ? float(micros / found.micros) : undefined;
      }
      if (typeof other !== 'number') return undefined;
      if (operator === '*') return deltaValue(Math.round(micros * other));
      if (operator === '-' && reflected && other === 0) return deltaValue(-micros);
      return operator === '/' && !reflected ? deltaValue(Math.round(micros / other)) : undefined;
    },
  });
}

/** A time zone as templates see it; `localize` as pytz has it. */
export function zoneValue(zone: Zone): HostObject {
  return hostObject({
    typeName: 'tzinfo',
    host: { kind: 'tz', zone } satisfies Behind,
    attributes: {
      zone: zone.name,
      localize: hostFunction('localize', ({ positional: [value] }) => {
        const found = behind(value);
        if (found?.kind !== 'datetime') throw new ModelRunnerError('localize() takes a datetime', 'terminal');
        return momentValue({ ...found.moment, zone });
      }),
    },
    text: () => zone.name,
    key: () => zone.name,
    isTrue: () => true,
  });
}

export function zoneByName(name: string): HostObject {
  return zoneValue(namedZone(name));
}

/** `modules.datetime`. @param now the clock. */
export function datetimeModule(now: () => Date): Value {
  const fn = hostFunction;
  const current = (zone: Zone | null): Moment =>
    zone === null ? { wallMs: now().getTime(), micros: 0, zone: null } : inZone(now().getTime(), 0, zone);
  const zoneGiven = (args: CallArguments): Zone | null => {
    const found = behind(named(args, ['tz'])['tz']);
    return found?.kind === 'tz' ? found.zone : null;
  };
  const iso = (text: string): Moment => {
    const found = parseIso(text);
    if (found) return found;
    throw new ModelRunnerError(`Invalid isoformat string: '${text}'`, 'terminal');
  };
  const start: Moment = { wallMs: Date.UTC(1, 0, 1), micros: 0, zone: null };
  const datetime = hostObject({
    typeName: 'type',
    call: (args) => momentValue(replaced({ ...start, wallMs: new Date(start.wallMs).setUTCFullYear(1) }, args)),
    attributes: {
      now: fn('now', (args) => momentValue(current(zoneGiven(args)))),
      utcnow: fn('utcnow', () => momentValue(current(null))),
      today: fn('today', () => momentValue(current(null))),
      strptime: fn('strptime', ({ positional: [text, format] }) =>
        momentValue(parseMoment(textOf(text), textOf(format))),
      ),
      fromisoformat: fn('fromisoformat', ({ positional: [text] }) => momentValue(iso(textOf(text)))),
      fromtimestamp: fn('fromtimestamp', (args) => {
        const seconds = Number(toHost(args.positional[0] ?? 0));
        const zone = behind(args.positional[1] ?? args.keyword.get('tz'));
        const moment = inZone(Math.floor(seconds * 1000), 0, zone?.kind === 'tz' ? zone.zone : UTC);
        return momentValue(zone?.kind === 'tz' ? moment : { ...moment, zone: null });
      }),
      combine: fn('combine', ({ positional: [day, clock] }) => {
        const [found, time] = [behind(day), behindTime(clock)];
        const micros = time ?? 0;
        const wallMs = (found?.kind === 'date' ? found.wallMs : 0) + Math.floor(micros / 1000);
        return momentValue({ wallMs, micros: micros % 1000, zone: null });
      }),
    },
  });
  const date = hostObject({
    typeName: 'type',
    call: (args) => dateValue(replaced(start, args).wallMs),
    attributes: {
      today: fn('today', () => dateValue(now().getTime())),
      fromisoformat: fn('fromisoformat', ({ positional: [text] }) => dateValue(iso(textOf(text)).wallMs)),
    },
  });
  const units = ['days', 'seconds', 'microseconds', 'milliseconds', 'minutes', 'hours', 'weeks'] as const;
  const sizes = [864e8, 1e6, 1, 1000, 6e7, 36e8, 6048e8];
  const timedelta = fn('timedelta', (args) => {
    const given = numbersOf(args, units);
    return deltaValue(units.reduce((sum, unit, index) => sum + (given[unit] ?? 0) * (sizes[index] ?? 0), 0));
  });
  const timezone = hostObject({
    typeName: 'type',
    call: ({ positional: [offset] }) => {
      const found = behind(offset);
      return zoneValue(fixedZone(found?.kind === 'timedelta' ? found.micros / 6e7 : 0));
    },
    attributes: { utc: zoneValue(UTC) },
  });
  return hostObject({
    typeName: 'module',
    attributes: { datetime, date, time: timeClass, timedelta, timezone, UTC: zoneValue(UTC) },
  });
}

/** Year, week and day of the week, as ISO 8601 counts them. */
function isoCalendar(wallMs: number): PyTuple {
  const { year, week } = isoWeek(wallMs);
  return new PyTuple([year, week, new Date(wallMs).getUTCDay() || 7]);
}
