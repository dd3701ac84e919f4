import { display } from './display.ts';
import { ModelRunnerError } from '../errors.ts';
import type { NodeConfig } from './config.ts';

const SIZES = ['hour', 'day', 'month', 'year'] as const;
type BatchSize = (typeof SIZES)[number];

/** How a model is cut into batches. */
export interface BatchConfig {
  readonly size: BatchSize;
  /** Where the first build starts; null: not configured. */
  readonly begin: Date | null;
  /** Batches before the newest that are built again. */
  readonly lookback: number;
  readonly model: string;
}

/** A span of event time, [start, end). */
export interface TimeSpan {
  readonly start: Date;
  readonly end: Date;
}

/** @throws ModelRunnerError naming the key that is missing or wrong. */
export function readBatchConfig(config: NodeConfig, model: string): BatchConfig {
  const size = SIZES.find((known) => known === config['batch_size']);
  if (size === undefined)
    throw new ModelRunnerError(
      `the microbatch model "${model}" has no "batch_size"; expected one of ${SIZES.join(', ')}`,
      'terminal',
    );
  const { begin, lookback = 1 } = config;
  if (typeof lookback !== 'number' || !Number.isInteger(lookback) || lookback < 0)
    throw new ModelRunnerError(`config "lookback" of "${model}" is no whole number`, 'terminal');
  return {
    size,
    begin: begin === undefined || begin === null ? null : momentOf(display(begin), 'begin', model),
    lookback,
    model,
  };
}

function momentOf(text: string, key: string, model: string): Date {
  const hasZone = /(?:Z|[+-]\d{2}:?\d{2})$/u.test(text);
  const date = new Date(
    /^\d{4}-\d{2}-\d{2}$/u.test(text) ? `${text}T00:00:00Z` : hasZone ? text : `${text.replace(' ', 'T')}Z`,
  );
  if (!Number.isNaN(date.getTime())) return date;
  throw new ModelRunnerError(`config "${key}" of "${model}" is no date; expected e.g. 2024-01-31`, 'terminal');
}

/**
 * The batches to build, the oldest first: what `start` and `end` name, else from `begin` (a first build) or a few batches back.
 *
 * @throws ModelRunnerError where a first build has no `begin`.
 */
export function microbatches(options: {
  readonly config: BatchConfig;
  readonly isIncremental: boolean;
  readonly start: Date | null;
  readonly end: Date | null;
  readonly now: Date;
}): readonly TimeSpan[] {
  const { config, isIncremental, now } = options;
  const { size } = config;
  const given = options.end ?? now;
  const floor = truncated(given, size);
  const end = floor.getTime() === given.getTime() ? floor : moved(floor, size, 1);
  const start = options.start === null ? startOf(config, isIncremental, end) : truncated(options.start, size);
  const spans: TimeSpan[] = [];
  for (let at = start; at < end || spans.length === 0; at = moved(at, size, 1)) {
    const next = moved(at, size, 1);
    spans.push({ start: at, end: next < end ? next : end });
  }
  return spans;
}

function startOf({ size, begin, lookback, model }: BatchConfig, isIncremental: boolean, end: Date): Date {
  if (isIncremental) return moved(end, size, -(lookback + 1));
  if (begin === null)
    throw new ModelRunnerError(
      `the microbatch model "${model}" has no "begin", from which its first build would start`,
      'terminal',
    );
  return truncated(begin, size);
}

function truncated(moment: Date, size: BatchSize): Date {
  const [year, month, day] = [moment.getUTCFullYear(), moment.getUTCMonth(), moment.getUTCDate()];
  if (size === 'year') return new Date(Date.UTC(year, 0));
  if (size === 'month') return new Date(Date.UTC(year, month));
  return new Date(Date.UTC(year, month, day, size === 'hour' ? moment.getUTCHours() : 0));
}

function moved(moment: Date, size: BatchSize, count: number): Date {
  const [year, month, day] = [moment.getUTCFullYear(), moment.getUTCMonth(), moment.getUTCDate()];
  if (size === 'year') return new Date(Date.UTC(year + count, 0));
  if (size === 'month') return new Date(Date.UTC(year, month + count));
  if (size === 'day') return new Date(Date.UTC(year, month, day + count));
  return new Date(moment.getTime() + count * 3_600_000);
}
