import type { BatteryEntity, BatteryPosition } from '@ovis/battery-db';
import type { ExtractAsset, PlanContext, PlannedPortion, TaskContext } from '@ovis/orchestrator';
import { compileAllowlist, type Allowed, type Projector } from '@ovis/pii-allowlist';
import type { ColumnValue, LoaderTransaction, RawTable, RowGroup } from '@ovis/raw-loader';
import type { Pool } from 'pg';
import { batteryMeasurementAllowlist, batteryReplacementAllowlist } from '../allowlists/battery.ts';
import { PipelineError } from '../errors.ts';
import type { BatterySource, PipelineResources } from '../resources.ts';
import { ListingProgress } from './listing-progress.ts';
import type { PageCheckpoint } from './load-listing.ts';
import { itemsOf, projectPage } from './project-page.ts';
import { batteryMeasurementsTable, batteryReplacementsTable } from './raw-tables.ts';
import {
  dayOf,
  nextDay,
  periodDay,
  rangeOf,
  rangesByDay,
  taskOf,
  wholeDayOf,
  type RecordedRange,
} from './recorded-ranges.ts';
import { SharedLoaders, sharedProgress, type ListingLoader } from './shared-loaders.ts';

const SCOPE = 'battery-database';
const DAY_MS = 86_400_000;

/** A table of the battery database, and the raw table that it fills. */
interface BatteryTable<Row> {
  readonly entity: BatteryEntity;
  readonly table: RawTable;
  readonly projector: Projector<Row>;
  /** Columns that are selected: the allowlist's fields, and no other. */
  readonly columns: readonly string[];
  readonly keyColumns: (allowed: Allowed<Row>) => Readonly<Record<string, ColumnValue>>;
}

/** `raw.battery_measurements`: voltages, temperatures and loads as the battery database recorded them. */
export function batteryMeasurements(): ExtractAsset<PipelineResources> {
  return batteryAsset('raw.battery_measurements', 'measurements of batteries, one row each', {
    entity: 'measurements',
    table: batteryMeasurementsTable,
    projector: compileAllowlist(batteryMeasurementAllowlist),
    columns: Object.keys(batteryMeasurementAllowlist.fields),
    keyColumns: (allowed) => ({
      measurement_id: allowed.column('measurement_id'),
      measured_at: allowed.column('measured_at'),
      recorded_at: allowed.column('recorded_at'),
    }),
  });
}

/** `raw.battery_replacements`: when a device got a new battery. */
export function batteryReplacements(): ExtractAsset<PipelineResources> {
  return batteryAsset('raw.battery_replacements', 'replacements of batteries, one row each', {
    entity: 'replacements',
    table: batteryReplacementsTable,
    projector: compileAllowlist(batteryReplacementAllowlist),
    columns: Object.keys(batteryReplacementAllowlist.fields),
    keyColumns: (allowed) => ({
      replacement_id: allowed.column('replacement_id'),
      replaced_at: allowed.column('replaced_at'),
      recorded_at: allowed.column('recorded_at'),
    }),
  });
}

function batteryAsset<Row>(
  name: string,
  description: string,
  source: BatteryTable<Row>,
): ExtractAsset<PipelineResources> {
  const loaders = new SharedLoaders(source.table);
  return {
    name,
    description,
    isSnapshot: false,
    unavailable: ({ battery }) =>
      battery === null ? 'no battery database is set: BATTERY_DATABASE_URL is empty' : null,
    catchesUp: true,
    scopes: ({ battery }) => (battery === null ? [] : [SCOPE]),
    plan: (_, context) => planRanges(name, source.entity, context),
    load: (context) => loadRange(name, source, context, loaders.of(context.resources.pool, context.clock)),
  };
}

/**
 * A task for each UTC day of recording since the last run that succeeded, earlier by the overlap; and for each of the days before whose
 * rows are not as many here as there. A backfill loads the day of its period.
 */
async function* planRanges(
  asset: string,
  entity: BatteryEntity,
  context: PlanContext<PipelineResources>,
): AsyncGenerator<PlannedPortion> {
  const { resources, scheduledFor, signal, counters } = context;
  const { battery, pool } = resources;
  if (!battery) return;
  if (context.isBackfill) {
    const day = periodDay(scheduledFor);
    yield { tasks: [taskOf({ from: day, until: nextDay(day) }, SCOPE)] };
    return;
  }
  const onStatement = (): void => {
    counters.requests += 1;
  };
  const first = await battery.database.firstRecordedAt(entity, { signal, onStatement });
  if (first === null || first >= scheduledFor) return;
  const last = await lastLoaded(pool, asset, scheduledFor);
  const overlapping = last === null ? first : new Date(last.getTime() - battery.overlapMs);
  const from = overlapping < first ? dayOf(first) : overlapping;
  const ranges = rangesByDay({ from, until: scheduledFor });
  const recounted = await grownDays(asset, entity, context, battery, {
    from: new Date(Math.max(dayOf(first).getTime(), dayOf(from).getTime() - battery.recountDays * DAY_MS)),
    until: dayOf(from),
  });
  yield { tasks: [...recounted, ...ranges].map((range) => taskOf(range, SCOPE)) };
}

/** The logical time of the newest run before this one that loaded the asset in full, and everything before it. */
async function lastLoaded(pool: Pool, asset: string, scheduledFor: Date): Promise<Date | null> {
  const { rows } = await pool.query<{ last: Date | null }>(
    'select max(interval_start) as last from ops.loaded_intervals where asset = $1 and interval_start < $2 and not by_backfill',
    [asset, scheduledFor],
  );
  return rows[0]?.last ?? null;
}

/** Days of a range that have another number of rows at the source than here, and than when they were last read in full. */
async function grownDays(
  asset: string,
  entity: BatteryEntity,
  { resources, signal, counters }: PlanContext<PipelineResources>,
  { database }: BatterySource,
  days: RecordedRange,
): Promise<readonly RecordedRange[]> {
  if (days.from >= days.until) return [];
  const onStatement = (): void => {
    counters.requests += 1;
  };
  const there = await database.countDays(entity, days, { signal, onStatement });
  const { rows } = await resources.pool.query<{ day: string; rows: string }>(
    `with stored as (
       select (recorded_at at time zone 'UTC')::date as day, count(*) as rows
       from ${asset} where recorded_at >= $2 and recorded_at < $3 group by 1
     ), recounted as (
       select day, source_rows as rows from ops.recounted_days where asset = $1 and day >= ($2 at time zone 'UTC')::date
     )
     select day::text, coalesce(recounted.rows, stored.rows)::text as rows from stored full join recounted using (day)`,
    [asset, days.from, days.until],
  );
  const here = new Map(rows.map((row) => [row.day, Number(row.rows)]));
  return rangesByDay(days).filter((range) => {
    const day = wholeDayOf(range) ?? '';
    return (there.get(day) ?? 0) !== (here.get(day) ?? 0);
  });
}

async function loadRange<Row>(
  asset: string,
  source: BatteryTable<Row>,
  context: TaskContext<PipelineResources>,
  loader: ListingLoader,
): Promise<void> {
  const { battery } = context.resources;
  if (!battery) throw new PipelineError(`task ${context.task.key} of ${asset} has no battery database to ask`);
  const range = rangeOf(context.task);
  const progress = new ListingProgress(context.counters);
  const day = wholeDayOf(range);
  const reading = new RangeReading(source, context, battery, progress);
  const keepCount = (tx: LoaderTransaction): Promise<void> =>
    recordCount(tx, asset, day ?? '', reading.rowsRead, context.runId);
  await loader.load({
    signal: context.signal,
    groups: reading.groups(range),
    owner: sharedProgress(
      context,
      source.table,
      progress,
      day === null || context.cursor !== null ? undefined : keepCount,
    ),
  });
}

/** The reading of one range. */
class RangeReading<Row> {
  rowsRead = 0;
  readonly #source: BatteryTable<Row>;
  readonly #context: TaskContext<PipelineResources>;
  readonly #battery: BatterySource;
  readonly #progress: ListingProgress;

  constructor(
    source: BatteryTable<Row>,
    context: TaskContext<PipelineResources>,
    battery: BatterySource,
    progress: ListingProgress,
  ) {
    this.#source = source;
    this.#context = context;
    this.#battery = battery;
    this.#progress = progress;
  }

  async *groups({ from, until }: RecordedRange): AsyncGenerator<RowGroup<PageCheckpoint>> {
    const { signal, counters, cursor, clock, runId } = this.#context;
    const { entity, columns, projector, keyColumns } = this.#source;
    const pages = this.#battery.database.readPages({
      entity,
      columns,
      from,
      until,
      after: cursor === null ? null : (JSON.parse(cursor) as BatteryPosition),
      signal,
      onStatement: () => {
        counters.requests += 1;
      },
    });
    for await (const page of pages) {
      this.rowsRead += page.rows.length;
      const pageNumber = this.#progress.nextNumber;
      const { rows, quarantined, report } = projectPage(page.rows, {
        projector,
        positionOf: itemsOf(`page ${String(pageNumber)}`),
        common: { observed_at: clock.now(), run_id: runId },
        columnsOf: keyColumns,
      });
      this.#progress.add({ bytes: 0, ...report, thermostats: 0, quarantined });
      yield { rows, checkpoint: { pageNumber, nextCursor: page.next === null ? null : JSON.stringify(page.next) } };
    }
  }
}

/** Keeps how many rows a day had when it was read in full. */
async function recordCount(
  tx: LoaderTransaction,
  asset: string,
  day: string,
  rows: number,
  runId: string,
): Promise<void> {
  await tx.query(
    `insert into ops.recounted_days (asset, day, source_rows, run_id) values ($1, $2, $3, $4)
     on conflict (asset, day) do update
       set source_rows = excluded.source_rows, run_id = excluded.run_id, counted_at = now()`,
    [asset, day, rows, runId],
  );
}
