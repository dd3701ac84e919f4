import { isAway, type Outages, type Part, type Stretch } from './outages.ts';

/** What the reference knows of a raw table. Written down anew, not taken from the platform: it is what the platform is judged by. */
interface Table {
  readonly name: string;
  readonly job: string;
  /** UTC times of day of its ticks. */
  readonly times: readonly string[];
  /** Whether of missed ticks only the latest gets a run. */
  readonly latestOnly: boolean;
  /** What must be there for a run to load it. */
  readonly source: Exclude<Part, 'platform'>;
  /** Whether a run loads all that is missing until then. */
  readonly catchesUp: boolean;
}

const MOST_MISSED = 31;
const DAY_MS = 86_400_000;

export const TABLES: readonly Table[] = [
  ...['raw.device_last_updates', 'raw.thermostat_hierarchy'].map((name) => ({
    name,
    job: 'twelve_hourly_elt',
    times: ['00:00', '12:00'],
    latestOnly: true,
    source: 'shard' as const,
    catchesUp: false,
  })),
  {
    name: 'raw.daily_aggregates',
    job: 'daily_aggregates_elt',
    times: ['03:00'],
    latestOnly: false,
    source: 'shard',
    catchesUp: false,
  },
  ...(
    [
      ['raw.battery_eval_results', 'object-store'],
      ['raw.battery_measurements', 'battery-database'],
      ['raw.battery_replacements', 'battery-database'],
    ] as const
  ).map(([name, source]) => ({
    name,
    job: 'battery_algorithm_eval_results_elt',
    times: ['02:15'],
    latestOnly: false,
    source,
    catchesUp: true,
  })),
];

/** A run that must have been, and when it was executed. */
export interface ExpectedRun {
  readonly job: string;
  readonly tick: Date;
  readonly at: Date;
}

/** The ticks of the jobs within a stretch, in order. */
export function ticksWithin({ from, to }: Stretch): readonly { readonly job: string; readonly tick: Date }[] {
  const jobs = new Map(TABLES.map(({ job, times }) => [job, times]));
  const ticks: { job: string; tick: Date }[] = [];
  for (let day = Math.floor(from.getTime() / DAY_MS) * DAY_MS; day < to.getTime(); day += DAY_MS) {
    const text = new Date(day).toISOString().slice(0, 10);
    for (const [job, times] of jobs)
      for (const time of times) ticks.push({ job, tick: new Date(`${text}T${time}:00Z`) });
  }
  return ticks.filter(({ tick }) => tick >= from && tick < to).toSorted((a, b) => a.tick.getTime() - b.tick.getTime());
}

/** The runs that the schedules make: at their ticks, or when the platform is there again. */
export function expectedRuns(stretch: Stretch, outages: Outages): readonly ExpectedRun[] {
  // The service begins with the latest tick of each job.
  const before = ticksWithin({ from: new Date(stretch.from.getTime() - DAY_MS), to: stretch.from });
  const latest = new Map(before.map(({ job, tick }) => [job, tick]));
  const runs: ExpectedRun[] = [...latest].map(([job, tick]) => ({ job, tick, at: stretch.from }));
  const missed = new Map<string, Map<string, Date[]>>();
  for (const { job, tick } of ticksWithin(stretch)) {
    const outage = outages.platform.find(({ from, to }) => from <= tick && tick < to);
    if (!outage) {
      runs.push({ job, tick, at: tick });
      continue;
    }
    const back = outage.to.toISOString();
    const byJob = missed.get(back) ?? new Map<string, Date[]>();
    byJob.set(job, [...(byJob.get(job) ?? []), tick]);
    missed.set(back, byJob);
  }
  for (const [back, byJob] of missed) {
    for (const [job, ticks] of byJob) {
      const latestOnly = TABLES.some((table) => table.job === job && table.latestOnly);
      for (const tick of ticks.slice(latestOnly ? -1 : -MOST_MISSED)) runs.push({ job, tick, at: new Date(back) });
    }
  }
  return runs;
}

/** By table, the ticks whose intervals are loaded, and those that are a gap: loaded neither by their own run nor by a later one. */
export function expectedCoverage(
  stretch: Stretch,
  outages: Outages,
): ReadonlyMap<string, { readonly loaded: readonly Date[]; readonly gaps: readonly Date[] }> {
  const runs = expectedRuns(stretch, outages);
  return new Map(
    TABLES.map((table) => {
      const loaded = runs
        .filter(({ job, at }) => job === table.job && !isAway(outages, table.source, at))
        .map(({ tick }) => tick);
      const times = new Set(loaded.map((tick) => tick.getTime()));
      const newest = Math.max(...times);
      const gaps = ticksWithin(stretch)
        .filter(({ job, tick }) => job === table.job && !times.has(tick.getTime()))
        .map(({ tick }) => tick)
        .filter((tick) => !table.catchesUp || tick.getTime() > newest);
      return [table.name, { loaded, gaps }];
    }),
  );
}
