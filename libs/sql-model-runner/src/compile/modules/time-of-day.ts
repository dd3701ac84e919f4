import { named, textOf } from '../call-arguments.ts';
import { hostFunction, hostObject, toHost, type HostObject, type Value } from '../template-engine.ts';
import { isoText, type Moment } from './moment.ts';
import { formatMoment } from './strftime.ts';

const DAY_MS = 86_400_000;
const PARTS = ['hour', 'minute', 'second', 'microsecond'] as const;
const MICROS = { hour: 3_600_000_000, minute: 60_000_000, second: 1_000_000, microsecond: 1 } as const;

/** A time of day, in microseconds since midnight. */
class TimeOfDay {
  readonly micros: number;

  constructor(micros: number) {
    this.micros = micros;
  }
}

/** Microseconds since midnight of what {@link timeValue} made; null for anything else. */
export function behindTime(value: Value | undefined): number | null {
  const host = (value as HostObject | undefined)?.definition?.host;
  return host instanceof TimeOfDay ? host.micros : null;
}

/** Microseconds since midnight, as the clock on the wall shows them. */
export function microsOfDay({ wallMs, micros }: Moment): number {
  return (((wallMs % DAY_MS) + DAY_MS) % DAY_MS) * 1000 + micros;
}

/** Python's time. */
export function timeValue(micros: number): HostObject {
  const moment: Moment = { wallMs: Math.floor(micros / 1000), micros: micros % 1000, zone: null };
  const text = isoText(moment, ' ').slice(11);
  const parts = partsOf(micros);
  const fn = hostFunction;
  return hostObject({
    typeName: 'time',
    host: new TimeOfDay(micros),
    attributes: {
      ...parts,
      tzinfo: null,
      strftime: fn('strftime', ({ positional: [format] }) => formatMoment(moment, textOf(format))),
      isoformat: fn('isoformat', () => text),
      replace: fn('replace', (args) => timeValue(microsOf(parts, named(args, PARTS)))),
    },
    text: () => text,
    repr: () => `datetime.time(${reprOf(parts)})`,
    key: () => text,
    isTrue: () => true,
    compare: (other) => {
      const found = behindTime(other);
      return found === null ? undefined : micros - found;
    },
  });
}

/** `modules.datetime.time`. */
export const timeClass: HostObject = hostObject({
  typeName: 'type',
  call: (args) => timeValue(microsOf(partsOf(0), named(args, PARTS))),
  attributes: { min: timeValue(0), max: timeValue(DAY_MS * 1000 - 1) },
});

type Parts = Readonly<Record<(typeof PARTS)[number], number>>;

function partsOf(micros: number): Parts {
  return {
    hour: Math.floor(micros / MICROS.hour),
    minute: Math.floor(micros / MICROS.minute) % 60,
    second: Math.floor(micros / MICROS.second) % 60,
    microsecond: micros % MICROS.second,
  };
}

function microsOf(parts: Parts, given: Readonly<Record<string, Value | undefined>>): number {
  return PARTS.reduce((sum, part) => sum + Number(toHost(given[part] ?? parts[part])) * MICROS[part], 0);
}

/** Hours and minutes always, seconds and what is finer where there are some. */
function reprOf({ hour, minute, second, microsecond }: Parts): string {
  const finer = microsecond > 0 ? [second, microsecond] : second > 0 ? [second] : [];
  return [hour, minute, ...finer].join(', ');
}
