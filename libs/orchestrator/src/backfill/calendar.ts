import type { Pool } from 'pg';
import type { Catalog } from '../asset.ts';
import { UsageError } from '../errors.ts';
import type { RunCause, RunState } from '../run-log/open-run.ts';
import { uncovered } from '../run-log/read/ticks.ts';
import type { DayRange } from './day-range.ts';
import { partitionsOf, type Partition } from './partitions.ts';

/** `not_due`: its tick has not come; `before_first`: no run of the job is older, so nobody has asked for it. */
export type DayState = 'loaded' | 'partial' | 'missing' | 'not_due' | 'before_first';

/** Why a day is not loaded in full. */
export type GapReason =
  'never_run' | 'in_progress' | 'failed' | 'partly_failed' | 'cancelled' | 'source_not_set' | 'only_some_customers';

/** A day of an asset. */
export interface CalendarDay {
  /** `YYYY-MM-DD`, UTC. */
  readonly day: string;
  readonly state: DayState;
  /** Null unless it is partial or missing. */
  readonly reason: GapReason | null;
  /** The class of the error that the reason's run met first; null if there was none. */
  readonly errorClass: string | null;
  /** Whether the source can still be asked for it. */
  readonly isRecoverable: boolean;
  /** The logical times whose runs would load it and have not, or not in full. */
  readonly missingTicks: readonly Date[];
  /** When its newest part was loaded; null if nothing is. */
  readonly loadedAt: Date | null;
}

/** What an asset holds of each day of a range. */
export interface AssetCalendar {
  readonly asset: string;
  readonly job: string;
  /** Whether its source knows only its present state. */
  readonly isSnapshot: boolean;
  readonly range: DayRange;
  readonly days: readonly CalendarDay[];
}

/** What is asked. */
export interface CalendarQuestion<Resources> {
  readonly catalog: Pick<Catalog<Resources>, 'assets' | 'jobs'>;
  readonly timeZone: string;
  /** Name of a raw table. */
  readonly asset: string;
  readonly range: DayRange;
  readonly now: Date;
  /** Whether days before the first run of the job count as missing. */
  readonly countsFromStart: boolean;
}

/**
 * What an asset holds day by day.
 *
 * @throws UsageError for an asset that is no raw table of a job, or a range with too many ticks.
 */
export async function readCalendar<Resources>(
  pool: Pool,
  question: CalendarQuestion<Resources>,
): Promise<AssetCalendar> {
  const { catalog, timeZone, asset: name, range, now, countsFromStart } = question;
  const asset = catalog.assets.find((candidate) => candidate.name === name);
  const job = catalog.jobs.find(({ assets }) => assets.includes(name));
  if (!job || !asset)
    throw new UsageError(`${name} is no raw table that a job loads; only of these it is known what they hold`);
  const partitions = partitionsOf({ cron: job.cron, timeZone }, asset.isSnapshot, range);
  const ticks = partitions.flatMap((partition) => partition.ticks);
  const [first, last] = [ticks[0], ticks.at(-1)];
  const span = { start: first?.start ?? now, end: last?.end ?? now };
  const [intervals, runs, since] = await Promise.all([
    readIntervals(pool, name, span),
    readRuns(pool, job.name, name, span),
    readSince(pool, job.name, name),
  ]);
  const missing = new Set(uncovered(ticks, intervals).map(({ start }) => start.getTime()));
  const facts: Facts = {
    now,
    isSnapshot: asset.isSnapshot,
    runs,
    // A run that catches up has loaded whatever was missing before it, where its source still had it.
    isMissing: (tick) =>
      missing.has(tick.getTime()) &&
      !(asset.catchesUp === true && since.caughtUpAt !== null && tick < since.caughtUpAt),
    firstRun: countsFromStart ? null : since.firstRun,
    loadedAt: (tick) => intervals.findLast(({ start, end }) => start <= tick && tick < end)?.loadedAt ?? null,
  };
  return {
    asset: name,
    job: job.name,
    isSnapshot: asset.isSnapshot,
    range,
    days: partitions.map((partition) => judgeDay(partition, facts)),
  };
}

interface Facts {
  readonly now: Date;
  readonly isSnapshot: boolean;
  readonly runs: ReadonlyMap<number, TickRun>;
  isMissing(tick: Date): boolean;
  /** Days before it do not count; null if all do. */
  readonly firstRun: Date | null;
  loadedAt(tick: Date): Date | null;
}

/** Pure: what a day is, from what is known of its ticks. */
function judgeDay({ day, ticks }: Partition, facts: Facts): CalendarDay {
  const due = ticks.filter(({ start }) => start <= facts.now);
  const missing = due.filter(({ start }) => facts.isMissing(start));
  const loadedTimes = due.flatMap(({ start }) => facts.loadedAt(start) ?? []);
  const loadedAt = loadedTimes.length === 0 ? null : new Date(Math.max(...loadedTimes.map(Number)));
  const known = { day, reason: null, errorClass: null, isRecoverable: false, missingTicks: [], loadedAt };
  if (due.length === 0) return { ...known, state: ticks.length === 0 ? 'loaded' : 'not_due' };
  if (missing.length === 0) return { ...known, state: 'loaded' };
  const isBefore =
    facts.firstRun !== null && due.every(({ start }) => facts.firstRun !== null && start < facts.firstRun);
  if (isBefore) return { ...known, state: 'before_first' };
  const runs = missing.flatMap(({ start }) => facts.runs.get(start.getTime()) ?? []);
  const isPartial = missing.length < due.length || runs.some(({ hasBrought }) => hasBrought);
  const run = runs[0];
  return {
    ...known,
    state: isPartial ? 'partial' : 'missing',
    reason: run ? reasonOf(run) : 'never_run',
    errorClass: run?.errorClass ?? null,
    isRecoverable: !facts.isSnapshot || missing.some(({ end }) => facts.now < end),
    missingTicks: missing.map(({ start }) => start),
  };
}

function reasonOf({ state, stepState, isLimited }: TickRun): GapReason {
  if (state === 'queued' || state === 'running') return 'in_progress';
  if (stepState === 'skipped') return 'source_not_set';
  if (isLimited) return 'only_some_customers';
  if (state === 'cancelled') return 'cancelled';
  if (stepState === 'partly_failed') return 'partly_failed';
  return stepState === null ? 'never_run' : 'failed';
}

interface LoadedTick {
  readonly start: Date;
  readonly end: Date;
  readonly loadedAt: Date;
}

async function readIntervals(
  pool: Pool,
  asset: string,
  span: { readonly start: Date; readonly end: Date },
): Promise<readonly LoadedTick[]> {
  const { rows } = await pool.query<{ interval_start: Date; interval_end: Date; loaded_at: Date }>(
    `select interval_start, interval_end, loaded_at from ops.loaded_intervals
     where asset = $1 and interval_start < $3 and interval_end > $2 order by interval_start`,
    [asset, span.start, span.end],
  );
  return rows.map((row) => ({ start: row.interval_start, end: row.interval_end, loadedAt: row.loaded_at }));
}

/** The newest run of a tick, and whether any run of it has brought something. */
interface TickRun {
  readonly state: RunState;
  readonly cause: RunCause;
  readonly stepState: string | null;
  readonly errorClass: string | null;
  readonly hasBrought: boolean;
  readonly isLimited: boolean;
}

async function readRuns(
  pool: Pool,
  job: string,
  asset: string,
  span: { readonly start: Date; readonly end: Date },
): Promise<ReadonlyMap<number, TickRun>> {
  const { rows } = await pool.query<{
    scheduled_for: Date;
    state: RunState;
    cause: RunCause;
    step_state: string | null;
    error_class: string | null;
    has_brought: boolean;
    is_limited: boolean;
  }>(
    `select distinct on (scheduled_for) scheduled_for, runs.state, cause, steps.state as step_state, steps.error_class,
       coalesce(customers is not null or shards is not null, false) as is_limited,
       bool_or(steps.state in ('succeeded', 'partly_failed') or exists (
         select from ops.tasks
         where tasks.run_id = runs.run_id and tasks.asset = $2 and tasks.state = 'succeeded' and task_key not like '%/*'
       )) over (partition by scheduled_for) is true as has_brought
     from ops.runs
     left join ops.steps on steps.run_id = runs.run_id and steps.asset = $2
     left join ops.backfills using (backfill_id)
     where runs.job = $1 and scheduled_for >= $3 and scheduled_for < $4 and (assets is null or $2 = any (assets))
     order by scheduled_for, coalesce(runs.started_at, runs.created_at) desc`,
    [job, asset, span.start, span.end],
  );
  return new Map(
    rows.map((row) => [
      row.scheduled_for.getTime(),
      {
        state: row.state,
        cause: row.cause,
        stepState: row.step_state,
        errorClass: row.error_class,
        hasBrought: row.has_brought,
        isLimited: row.is_limited,
      },
    ]),
  );
}

async function readSince(
  pool: Pool,
  job: string,
  asset: string,
): Promise<{ readonly firstRun: Date | null; readonly caughtUpAt: Date | null }> {
  const { rows } = await pool.query<{ first_run: Date | null; caught_up_at: Date | null }>(
    `select least(
         (select min(scheduled_for) from ops.runs where job = $1 and cause <> 'backfill'),
         (select min(interval_start) from ops.loaded_intervals where asset = $2 and not by_backfill)) as first_run,
       (select max(interval_start) from ops.loaded_intervals where asset = $2 and not by_backfill) as caught_up_at`,
    [job, asset],
  );
  return { firstRun: rows[0]?.first_run ?? null, caughtUpAt: rows[0]?.caught_up_at ?? null };
}
