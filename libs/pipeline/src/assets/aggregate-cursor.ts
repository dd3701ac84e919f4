import { METRICS, type AggregatePosition, type AggregateQuestion, type Metric } from 'ovis-client';
import { z } from 'zod';

/** What is left to do of a customer's aggregates: kept as the task's cursor, as JSON. */
export interface AggregateCursor {
  /** Metrics and days that are not done; the first is being read. */
  readonly left: readonly AggregateQuestion[];
  /** Where reading the first of them goes on; null at its beginning. */
  readonly position: AggregatePosition | null;
  /** Metrics that the shard has refused to aggregate for this customer in this run. */
  readonly refused: readonly Metric[];
}

const question = z.object({ metric: z.enum(METRICS), date: z.string() });
const position = z.discriminatedUnion('level', [
  z.object({ level: z.literal('customer'), cursor: z.string().nullable() }),
  z.object({ level: z.literal('device'), after: z.string().nullable() }),
]);
const schema = z.object({
  left: z.array(question).min(1),
  position: position.nullable(),
  refused: z.array(z.enum(METRICS)),
});

/** The metrics of a day and of the days before it that are asked again, a metric's days together. */
export function questionsOf(scheduledFor: Date, lateDays: number): readonly AggregateQuestion[] {
  const days = Array.from({ length: lateDays + 1 }, (_, back) => {
    const day = new Date(scheduledFor);
    day.setUTCDate(day.getUTCDate() - 1 - back);
    return day.toISOString().slice(0, 10);
  });
  return METRICS.flatMap((metric) => days.map((date) => ({ metric, date })));
}

/** Reads a task's cursor; what another version wrote and this one cannot read begins anew, which changes no row. */
export function readCursor(text: string | null, all: readonly AggregateQuestion[]): AggregateCursor {
  const fresh: AggregateCursor = { left: all, position: null, refused: [] };
  if (text === null) return fresh;
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return fresh;
  }
}

/** The cursor's text; null when nothing is left. */
export function writeCursor(cursor: AggregateCursor): string | null {
  return cursor.left.length === 0 ? null : JSON.stringify(cursor);
}
