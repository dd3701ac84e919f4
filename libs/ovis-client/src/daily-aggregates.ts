import { InvalidQuestionError } from './errors.ts';

/** What a device aggregates by day. */
export const METRICS = ['valveMovement', 'temperature', 'humidity', 'batteryVoltage', 'rssi'] as const;

/** One of {@link METRICS}. */
export type Metric = (typeof METRICS)[number];

/** One metric of one day. */
export interface AggregateQuestion {
  readonly metric: Metric;
  /** UTC day, `YYYY-MM-DD`. */
  readonly date: string;
}

/** @throws {InvalidQuestionError} for an unknown metric or what is no day. */
export function checkQuestion(question: AggregateQuestion): AggregateQuestion {
  const { metric, date } = question;
  if (!METRICS.includes(metric)) throw new InvalidQuestionError(`the metric is none of ${METRICS.join(', ')}`);
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(date) && !Number.isNaN(Date.parse(date));
  if (isDay && new Date(date).toISOString().startsWith(date)) return question;
  throw new InvalidQuestionError('the date is no day such as 2026-11-22');
}
