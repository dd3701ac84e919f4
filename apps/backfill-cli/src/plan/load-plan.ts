import {
  estimatePeriod,
  readCalendar,
  unknownCustomers,
  UsageError,
  partitionsOf,
  type AssetCalendar,
  type Catalog,
  type DayRange,
  type DayState,
  type PeriodEstimate,
} from '@ovis/orchestrator';
import { checkCustomerId, type PipelineResources } from '@ovis/pipeline';
import type { Pool } from 'pg';
import type { Target } from './find-target.ts';

/** A day that would be loaded. */
export interface PlannedDay {
  readonly day: string;
  readonly ticks: readonly Date[];
  /** What is there already, by raw table. */
  readonly there: Readonly<Record<string, { readonly state: DayState; readonly loadedAt: Date | null }>>;
}

/** What loading would take, by what it took before. */
export interface LoadEstimate {
  readonly tasks: number | null;
  readonly requests: number;
  readonly rows: number;
  readonly seconds: number;
  /** Materializations that it was made from. */
  readonly basedOn: number;
}

/** A backfill of raw tables. */
export interface LoadPlan {
  readonly kind: 'load';
  readonly target: string;
  readonly job: string;
  readonly assets: readonly string[];
  /** Raw tables that are left out, and why. */
  readonly skippedAssets: readonly { readonly asset: string; readonly reason: string }[];
  readonly range: DayRange;
  readonly days: readonly PlannedDay[];
  /** Days of the range that are left out: their time has not come, or (with --missing-only) they are loaded. */
  readonly notDue: number;
  readonly alreadyLoaded: number;
  readonly customers: readonly string[] | null;
  readonly shards: readonly string[] | null;
  readonly concurrency: number;
  /** Customers a day; null where that is not known, or the tables have none. */
  readonly customerCount: number | null;
  /** Null where a table was never loaded. */
  readonly estimate: LoadEstimate | null;
  /** Models downstream, in the order of building. */
  readonly models: readonly { readonly name: string; readonly description: string }[];
}

/** What is planned with. */
export interface PlanContext {
  readonly catalog: Catalog<PipelineResources>;
  readonly timeZone: string;
  readonly pool: Pool;
  readonly resources: PipelineResources;
  readonly now: Date;
}

/** What is wanted of a target. */
export interface LoadWish {
  readonly range: DayRange;
  readonly customers: readonly string[] | null;
  readonly shards: readonly string[] | null;
  readonly missingOnly: boolean;
  readonly concurrency: number;
}

/**
 * Plans a backfill of raw tables; asks no source.
 *
 * @throws UsageError if a source cannot be asked for the past, or not for single customers or shards, or nothing is left to load.
 */
export async function planLoad(
  context: PlanContext,
  target: Extract<Target, { kind: 'raw' }>,
  wish: LoadWish,
): Promise<LoadPlan> {
  const { catalog, pool, resources, timeZone, now } = context;
  refuseSnapshots(target, wish.range);
  const assets = target.assets.filter((asset) => asset.unavailable(resources) === null);
  const skippedAssets = target.assets.flatMap((asset) => {
    const reason = asset.unavailable(resources);
    return reason === null ? [] : [{ asset: asset.name, reason }];
  });
  if (assets.length === 0) {
    throw new UsageError(
      `nothing of ${target.name} can be loaded: ${skippedAssets.map(({ reason }) => reason).join('; ')}`,
    );
  }
  await checkSelection(context, { ...target, assets }, wish);
  const job = catalog.jobs.find(({ name }) => name === target.job);
  const partitions = partitionsOf({ cron: job?.cron ?? '', timeZone }, false, wish.range);
  const calendars = await Promise.all(
    assets.map(({ name }) =>
      readCalendar(pool, { catalog, timeZone, asset: name, range: wish.range, now, countsFromStart: true }),
    ),
  );
  const due = partitions
    .map(({ day, ticks }, index) => ({
      day,
      ticks: ticks.map(({ start }) => start).filter((start) => start <= now),
      there: thereOn(calendars, index),
    }))
    .filter(({ ticks }) => ticks.length > 0);
  const days = wish.missingOnly
    ? due.filter(({ there }) => Object.values(there).some(({ state }) => state !== 'loaded'))
    : due;
  const estimates = await Promise.all(assets.map((asset) => estimatePeriod(pool, asset, resources)));
  const names = assets.map(({ name }) => name);
  const customerCount = countCustomers(estimates, wish);
  return {
    kind: 'load',
    target: target.name,
    job: target.job,
    assets: names,
    skippedAssets,
    range: wish.range,
    days,
    notDue: partitions.length - due.length,
    alreadyLoaded: due.length - days.length,
    customers: wish.customers,
    shards: wish.shards,
    concurrency: wish.concurrency,
    customerCount,
    estimate: estimateOf(estimates, days.flatMap(({ ticks }) => ticks).length, customerCount),
    models: await catalog.models.list(resources, names),
  };
}

function thereOn(calendars: readonly AssetCalendar[], index: number): PlannedDay['there'] {
  return Object.fromEntries(
    calendars.flatMap(({ asset, days }) => {
      const day = days[index];
      return day ? [[asset, { state: day.state, loadedAt: day.loadedAt }]] : [];
    }),
  );
}

function refuseSnapshots(target: Extract<Target, { kind: 'raw' }>, { from, to }: DayRange): void {
  const snapshots = target.assets.filter(({ isSnapshot }) => isSnapshot).map(({ name }) => name);
  if (snapshots.length === 0) return;
  throw new UsageError(
    `${snapshots.join(' and ')} cannot be loaded for the past: the source knows only its present state. What was loaded then is still ` +
      `there. To build the models again from it: ovis-backfill run ${target.name} --from ${from} --to ${to} --models-only`,
  );
}

async function checkSelection(
  { resources, pool }: PlanContext,
  target: Extract<Target, { kind: 'raw' }>,
  { customers, shards }: LoadWish,
): Promise<void> {
  const others = target.assets.filter(({ isByCustomer }) => isByCustomer !== true).map(({ name }) => name);
  if (customers !== null && others.length > 0) {
    throw new UsageError(
      `${others.join(', ')} cannot be loaded for single customers: the source is not read customer by customer; leave out --customers`,
    );
  }
  for (const customer of customers ?? []) checkCustomerId(customer);
  const unknown = customers === null ? [] : await unknownCustomers(pool, customers);
  if (unknown.length > 0) {
    throw new UsageError(
      `no run has met the customer ${unknown.join(', ')}; check the spelling, or wait for the next run to meet a new customer`,
    );
  }
  if (shards === null) return;
  if (others.length > 0) {
    throw new UsageError(
      `${others.join(', ')} cannot be loaded for single shards: the source has none; leave out --shards`,
    );
  }
  const known = [...new Set(target.assets.flatMap((asset) => asset.scopes(resources)))];
  const wrong = shards.filter((shard) => !known.includes(shard));
  if (wrong.length > 0)
    throw new UsageError(`there is no shard ${wrong.join(', ')}; the shards are ${known.join(', ')}`);
}

function countCustomers(
  estimates: readonly (PeriodEstimate | null)[],
  { customers, shards }: Pick<LoadWish, 'customers' | 'shards'>,
): number | null {
  if (customers !== null) return customers.length;
  const byShard = estimates.find(
    (estimate) => Object.keys(estimate?.customersByShard ?? {}).length > 0,
  )?.customersByShard;
  if (!byShard) return null;
  return Object.entries(byShard).reduce(
    (sum, [shard, count]) => sum + (shards?.includes(shard) === false ? 0 : count),
    0,
  );
}

function estimateOf(
  estimates: readonly (PeriodEstimate | null)[],
  runs: number,
  customerCount: number | null,
): LoadEstimate | null {
  const known = estimates.filter((estimate) => estimate !== null);
  if (known.length < estimates.length) return null;
  // Of a table with customers, only the share of those that are loaded.
  const shareOf = ({ customersByShard }: PeriodEstimate): number => {
    const all = Object.values(customersByShard).reduce((sum, count) => sum + count, 0);
    return all === 0 || customerCount === null ? 1 : Math.min(1, customerCount / all);
  };
  const total = (count: (estimate: PeriodEstimate) => number): number =>
    Math.ceil(runs * known.reduce((sum, estimate) => sum + count(estimate) * shareOf(estimate), 0));
  return {
    tasks: customerCount === null ? null : runs * customerCount,
    requests: total(({ requests }) => requests),
    rows: total(({ rows }) => rows),
    // The tables of a run are loaded side by side; runs share the requests that a shard allows.
    seconds: runs * Math.max(...known.map((estimate) => estimate.seconds * shareOf(estimate))),
    basedOn: Math.min(...known.map(({ basedOn }) => basedOn)),
  };
}
