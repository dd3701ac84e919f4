import type { TaskDefinition } from '@ovis/orchestrator';

/** A range of recording times, half-open. */
export interface RecordedRange {
  readonly from: Date;
  readonly until: Date;
}

const DAY_MS = 86_400_000;

/** The start of the UTC day that a moment lies in. */
export function dayOf(moment: Date): Date {
  return new Date(Math.floor(moment.getTime() / DAY_MS) * DAY_MS);
}

/** The day after. */
export function nextDay(day: Date): Date {
  return new Date(day.getTime() + DAY_MS);
}

/** The UTC day that a run stands for: the one before the day of its logical time. */
export function periodDay(scheduledFor: Date): Date {
  return new Date(dayOf(scheduledFor).getTime() - DAY_MS);
}

/** Cuts a range at the UTC days' beginnings. */
export function rangesByDay({ from, until }: RecordedRange): readonly RecordedRange[] {
  const ranges: RecordedRange[] = [];
  for (let start = from; start < until;) {
    const end = nextDay(dayOf(start));
    ranges.push({ from: start, until: end < until ? end : until });
    start = end;
  }
  return ranges;
}

/** The day that a range is the whole of, `YYYY-MM-DD`, or null. */
export function wholeDayOf({ from, until }: RecordedRange): string | null {
  const isWhole = dayOf(from).getTime() === from.getTime() && nextDay(from).getTime() === until.getTime();
  return isWhole ? from.toISOString().slice(0, 10) : null;
}

/** The task of a range: its key says which. */
export function taskOf({ from, until }: RecordedRange, source: string): TaskDefinition {
  return { key: `${from.toISOString()}/${until.toISOString()}`, shard: source, customerId: null };
}

/** Reads the range of a task's key. */
export function rangeOf({ key }: Pick<TaskDefinition, 'key'>): RecordedRange {
  const [from = '', until = ''] = key.split('/');
  return { from: new Date(from), until: new Date(until) };
}
