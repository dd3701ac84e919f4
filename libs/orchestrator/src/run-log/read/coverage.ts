import type { Pool } from 'pg';
import type { Catalog, Job } from '../../asset.ts';
import { UsageError } from '../../errors.ts';
import type { RunCause, RunState } from '../open-run.ts';
import { periodsIn, uncovered, type Interval } from './ticks.ts';

/** An interval that an asset holds in full. */
export interface LoadedInterval extends Interval {
  readonly runId: string;
  readonly loadedAt: Date;
}

/** A period of which an asset does not hold all. */
export interface MissingInterval extends Interval {
  /** Whether the source can still be asked for it: one that knows only its present state cannot, once the period is over. */
  readonly isRecoverable: boolean;
  /** The newest run for it; null if nobody has asked for one. */
  readonly run: { readonly runId: string; readonly state: RunState; readonly cause: RunCause } | null;
}

/** What an asset holds of a range. */
export interface Coverage {
  readonly asset: string;
  readonly job: string;
  /**
   * Both sorted by start. A period whose tick has not come yet is in neither, nor one that a later run has loaded by catching up with all
   * that was missing before it.
   */
  readonly loaded: readonly LoadedInterval[];
  readonly missing: readonly MissingInterval[];
}

/** What is asked. */
export interface CoverageQuestion<Resources> {
  readonly catalog: Pick<Catalog<Resources>, 'assets' | 'jobs'>;
  readonly timeZone: string;
  /** Name of a raw table. */
  readonly asset: string;
  /** Half-open, of logical time. */
  readonly range: Interval;
  readonly now: Date;
}

/**
 * Compares what an asset holds with the ticks of its job.
 *
 * @throws UsageError for an asset that is no raw table of a job, or a range with too many ticks.
 */
export async function readCoverage<Resources>(
  pool: Pool,
  { catalog, timeZone, asset, range, now }: CoverageQuestion<Resources>,
): Promise<Coverage> {
  const job = catalog.jobs.find(({ assets }) => assets.includes(asset));
  if (!job) throw new UsageError('intervals are kept only of raw tables that a job loads');
  const known = catalog.assets.find(({ name }) => name === asset);
  const isSnapshot = known?.isSnapshot === true;
  const end = new Date(Math.min(range.end.getTime(), now.getTime() + 1));
  const periods = periodsIn({ cron: job.cron, timeZone }, { start: range.start, end });
  const [loaded, runs, caughtUpAt] = await Promise.all([
    readLoaded(pool, asset, range),
    readNewestRuns(pool, job, range),
    known?.catchesUp === true ? readCaughtUpAt(pool, asset) : null,
  ]);
  const isMissing = ({ start }: Interval): boolean => caughtUpAt === null || start >= caughtUpAt;
  const missing = uncovered(periods, loaded)
    .filter(isMissing)
    .map((period) => ({
      ...period,
      isRecoverable: !isSnapshot || now < period.end,
      run: runs.get(period.start.getTime()) ?? null,
    }));
  return { asset, job: job.name, loaded, missing };
}

async function readLoaded(pool: Pool, asset: string, range: Interval): Promise<readonly LoadedInterval[]> {
  const { rows } = await pool.query<{ interval_start: Date; interval_end: Date; run_id: string; loaded_at: Date }>(
    `select interval_start, interval_end, run_id, loaded_at from ops.loaded_intervals
     where asset = $1 and interval_start < $3 and interval_end > $2 order by interval_start`,
    [asset, range.start, range.end],
  );
  return rows.map((row) => ({
    start: row.interval_start,
    end: row.interval_end,
    runId: row.run_id,
    loadedAt: row.loaded_at,
  }));
}

/** The newest logical time whose run has loaded whatever was missing before it, where its source still had it. */
export async function readCaughtUpAt(pool: Pool, asset: string): Promise<Date | null> {
  const { rows } = await pool.query<{ caught_up_at: Date | null }>(
    'select max(interval_start) as caught_up_at from ops.loaded_intervals where asset = $1 and not by_backfill',
    [asset],
  );
  return rows[0]?.caught_up_at ?? null;
}

async function readNewestRuns(
  pool: Pool,
  job: Job,
  range: Interval,
): Promise<ReadonlyMap<number, NonNullable<MissingInterval['run']>>> {
  const { rows } = await pool.query<{ run_id: string; scheduled_for: Date; state: RunState; cause: RunCause }>(
    `select distinct on (scheduled_for) run_id, scheduled_for, state, cause from ops.runs
     where job = $1 and scheduled_for >= $2 and scheduled_for < $3
     order by scheduled_for, coalesce(started_at, created_at) desc`,
    [job.name, range.start, range.end],
  );
  return new Map(
    rows.map((row) => [row.scheduled_for.getTime(), { runId: row.run_id, state: row.state, cause: row.cause }]),
  );
}
