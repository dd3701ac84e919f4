import { addDays, type AssetCalendar, type CalendarDay, type DayState, type GapReason } from '@ovis/orchestrator';

const SIGNS: Readonly<Record<DayState, string>> = {
  loaded: '█',
  partial: '▒',
  missing: '░',
  not_due: '·',
  before_first: '·',
};

/** What the signs mean. */
export const LEGEND = '█ loaded  ▒ in part  ░ missing  · before the first run, or not due yet';

const REASONS: Readonly<Record<GapReason, string>> = {
  never_run: 'no run',
  in_progress: 'a run is under way',
  failed: 'failed',
  partly_failed: 'partly failed',
  cancelled: 'cancelled',
  source_not_set: 'its source was not set',
  only_some_customers: 'only some customers or shards were loaded',
};

/** Whether a day is one of those that `gaps` looks for. */
export function isGap({ state }: Pick<CalendarDay, 'state'>): boolean {
  return state === 'missing' || state === 'partial';
}

/** A calendar of one asset: a line a month, a sign a day; then the gaps, with their reasons and what closes them. */
export function calendarLines(calendar: AssetCalendar): readonly string[] {
  const { asset, job, days } = calendar;
  const count = (state: DayState): number => days.filter((day) => day.state === state).length;
  const counts = (['loaded', 'partial', 'missing'] as const)
    .filter((state) => state === 'loaded' || count(state) > 0)
    .map((state) => `${String(count(state))} ${state === 'partial' ? 'in part' : state}`);
  const gaps = gapsOf(days);
  return [
    `${asset} (${job}): ${counts.join(', ')}`,
    ...monthLines(days),
    ...gaps.map((gap) => `  ${gap.from === gap.last ? gap.from : `${gap.from} to ${gap.last}`}: ${textOf(gap)}`),
    ...remedyLines(calendar, gaps),
  ];
}

const RULER = `           ${Array.from({ length: 31 }, (_, index) =>
  (index + 1) % 5 === 0 ? String(index + 1).padStart(2) : '',
).reduce((line, mark, index) => (mark === '' ? line : line.padEnd(index - 1) + mark), '')}`;

function monthLines(days: readonly CalendarDay[]): readonly string[] {
  const byMonth = Map.groupBy(days, ({ day }) => day.slice(0, 7));
  const lines = [...byMonth].map(([month, of]) => {
    const signs = Array.from({ length: 31 }, () => ' ');
    for (const { day, state } of of) signs[Number(day.slice(8)) - 1] = SIGNS[state];
    return `  ${month}  ${signs.join('').trimEnd()}`;
  });
  return [RULER, ...lines];
}

/** Days in a row that are not loaded for the same reason. */
interface Gap {
  readonly from: string;
  readonly last: string;
  readonly day: CalendarDay;
}

function gapsOf(days: readonly CalendarDay[]): readonly Gap[] {
  const gaps: Gap[] = [];
  for (const day of days) {
    if (!isGap(day)) continue;
    const before = gaps.at(-1);
    if (before && addDays(before.last, 1) === day.day && textOf(before) === textOf({ day })) {
      gaps[gaps.length - 1] = { ...before, last: day.day };
    } else gaps.push({ from: day.day, last: day.day, day });
  }
  return gaps;
}

function textOf({ day }: Pick<Gap, 'day'>): string {
  const { state, reason, errorClass, isRecoverable } = day;
  const why = reason === null ? '' : `, ${REASONS[reason]}${errorClass === null ? '' : ` (${errorClass})`}`;
  const lost = isRecoverable ? '' : '; the source knows only its present state, so it cannot be loaded any more';
  return `${state === 'partial' ? 'in part' : state}${why}${lost}`;
}

function remedyLines({ asset, job, isSnapshot }: AssetCalendar, gaps: readonly Gap[]): readonly string[] {
  const open = gaps.filter(({ day }) => day.isRecoverable && day.reason !== 'in_progress');
  const [first, last] = [open[0], open.at(-1)];
  if (!first || !last) return [];
  if (isSnapshot) return [`  load the present state: ovis-scheduler run ${job}`];
  return [
    `  load what is missing: ovis-backfill run ${asset} --from ${first.from} --to ${addDays(last.last, 1)} --missing-only`,
  ];
}
