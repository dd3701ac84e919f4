import { setTimeout as sleep } from 'node:timers/promises';
import { startPostgres } from '@ovis/dev-stack';
import { ManualClock } from '@ovis/foundation';
import { addDays, dayOf, forgetOldRuns, readCalendar, type AssetCalendar } from '@ovis/orchestrator';
import { createPool, migrateUp } from '@ovis/warehouse';
import { Client, type Pool } from 'pg';
import { SimulationError } from './errors.ts';
import { planOutages, randomFrom, type Outages, type Stretch } from './outages.ts';
import { expectedCoverage, expectedRuns, TABLES } from './reference.ts';
import { startReplica, type Replica } from './replica.ts';
import { EFFECTS, simulatedCatalog } from './simulated-catalog.ts';

/** What is simulated. */
export interface SimulationOptions {
  readonly days: number;
  /** Tasks of each step that has one a customer. */
  readonly customers: number;
  /** Processes' worth of the service, all in this one. */
  readonly replicas: number;
  readonly seed: number;
  /** Called when a simulated day is over. */
  readonly onDay?: (day: string, runs: number) => void;
}

/** How it ended. */
export interface SimulationResult {
  readonly seconds: number;
  readonly outages: Outages;
  /** Times that a replica was replaced while it served. */
  readonly deployments: number;
  readonly runs: Readonly<Record<string, number>>;
  readonly tasks: number;
  readonly tables: readonly TableResult[];
  /** What differs from the reference, in words; empty when all is as it must be. */
  readonly faults: readonly string[];
  readonly size: DatabaseSize;
  /** Resident memory of this process after the first simulated tenth and at the end. */
  readonly megabytes: { readonly early: number; readonly late: number };
}

/** What became of a raw table. */
export interface TableResult {
  readonly name: string;
  readonly loaded: number;
  /** Days that are not loaded in full, by the reason that `ovis-backfill gaps` gives. */
  readonly gaps: Readonly<Record<string, number>>;
}

/** Megabytes on disk. */
export interface DatabaseSize {
  readonly runLog: number;
  readonly queue: number;
}

/** Days, as by default. */
const RETENTION = { runs: 400, details: 30 };
const DEPLOYMENTS_A_DAY = 0.1;
const DAY_MS = 86_400_000;
const MAX_WAIT_MS = 120_000;

/**
 * Has the real service run the platform's schedules over simulated days, with outages of the platform and of its sources, and compares what the
 * run log says in the end with a plain reference.
 *
 * @throws SimulationError if the service comes to a standstill.
 */
export async function simulate(options: SimulationOptions): Promise<SimulationResult> {
  const begin = performance.now();
  // In the middle of a day, so that no tick is at the edge.
  const from = new Date('2026-01-01T18:00:00Z');
  const stretch = { from, to: new Date(from.getTime() + options.days * DAY_MS) };
  const outages = planOutages(stretch, options.seed);
  await using server = await startPostgres({ settings: { max_connections: '200', synchronous_commit: 'off' } });
  await migrateUp({ databaseUrl: server.url });
  await execute(server.url, EFFECTS);
  const pool = createPool({ url: server.url, applicationName: 'ovis-simulation', role: 'ovis_loader', max: 4 });
  try {
    const { deployments, tasks, early } = await live({ ...options, stretch, outages, databaseUrl: server.url, pool });
    const calendars = await readCalendars(pool, stretch);
    return {
      seconds: (performance.now() - begin) / 1000,
      outages,
      deployments,
      runs: await runsByState(pool),
      tasks,
      tables: calendars.map(summaryOf),
      faults: [...(await faultsOfLog(pool, stretch, outages)), ...faultsOfCalendars(calendars, stretch, outages)],
      size: await sizeOf(pool),
      megabytes: { early, late: process.memoryUsage().rss / 1024 ** 2 },
    };
  } finally {
    await pool.end();
  }
}

interface Life extends SimulationOptions {
  readonly stretch: Stretch;
  readonly outages: Outages;
  readonly databaseUrl: string;
  readonly pool: Pool;
}

/** Lets time pass from tick to tick, and stops and starts the service as the outages say. */
async function live(
  life: Life,
): Promise<{ readonly deployments: number; readonly tasks: number; readonly early: number }> {
  const { stretch, outages, databaseUrl, pool, onDay } = life;
  const clock = new ManualClock(stretch.from);
  const random = randomFrom(life.seed);
  const catalogFor = (own: Pool): ReturnType<typeof simulatedCatalog> =>
    simulatedCatalog({ customers: life.customers, outages, clock, pool: own });
  const start = (): Replica => startReplica({ databaseUrl, clock, catalogFor });
  let replicas: Replica[] = [];
  const stopAll = async (): Promise<void> => {
    await Promise.all(replicas.splice(0).map((replica) => replica.stop()));
  };
  // Runs by the moment at which they are executed, as the reference says.
  const moments = Map.groupBy(expectedRuns(stretch, outages), ({ at }) => at.getTime());
  let [deployments, early, made, day] = [0, 0, 0, ''];
  try {
    for (const at of [...moments.keys()].toSorted((a, b) => a - b)) {
      const now = new Date(at);
      const wasDown = outages.platform.some(({ from, to }) => from > clock.now() && to <= now);
      if (wasDown) await stopAll();
      clock.set(now);
      if (dayOf(now) !== day) {
        if (day !== '') onDay?.(day, made);
        day = dayOf(now);
        await forgetOldRuns(pool, RETENTION, { now, signal: new AbortController().signal });
        if (early === 0 && at > stretch.from.getTime() + (life.days * DAY_MS) / 10)
          early = process.memoryUsage().rss / 1024 ** 2;
      }
      while (replicas.length < life.replicas) replicas.push(start());
      const expected = moments.get(at) ?? [];
      if (random() < DEPLOYMENTS_A_DAY / 4) {
        // In the middle of a run, more often than not.
        await sleep(random() * 200);
        const leaving = replicas.shift();
        replicas.push(start());
        await leaving?.stop();
        deployments += 1;
      }
      made += expected.length;
      await settled(pool, expected);
    }
    clock.set(stretch.to);
  } finally {
    await stopAll();
    replicas = [];
  }
  const { rows } = await pool.query<{ tasks: number }>('select count(*)::integer as tasks from simulation.effects');
  return { deployments, tasks: rows[0]?.tasks ?? 0, early };
}

/** Waits until the runs are there and none is open. */
async function settled(pool: Pool, expected: readonly { readonly job: string; readonly tick: Date }[]): Promise<void> {
  for (const deadline = performance.now() + MAX_WAIT_MS; performance.now() < deadline; await sleep(15)) {
    const { rows } = await pool.query<{ missing: number; open: number }>(
      `select
         (select count(*)::integer from unnest($1::text[], $2::timestamptz[]) as expected (job, tick)
          where not exists (select from ops.runs where runs.job = expected.job and scheduled_for = tick and cause = 'schedule')) as missing,
         (select count(*)::integer from ops.runs where state in ('queued', 'running')) as open`,
      [expected.map(({ job }) => job), expected.map(({ tick }) => tick)],
    );
    if (rows[0]?.missing === 0 && rows[0].open === 0) return;
  }
  const names = expected.map(({ job, tick }) => `${job} for ${tick.toISOString()}`).join(', ');
  throw new SimulationError(`nothing moves any more; waited for ${names}`);
}

async function readCalendars(pool: Pool, { from, to }: Stretch): Promise<readonly AssetCalendar[]> {
  const catalog = simulatedCatalog({
    customers: 0,
    outages: planOutages({ from, to: from }, 0),
    clock: new ManualClock(to),
    pool,
  });
  const range = { from: addDays(dayOf(from), 1), to: dayOf(to) };
  return Promise.all(
    TABLES.map(({ name }) =>
      readCalendar(pool, { catalog, timeZone: 'UTC', asset: name, range, now: to, countsFromStart: false }),
    ),
  );
}

function summaryOf({ asset, days }: AssetCalendar): TableResult {
  const gaps: Record<string, number> = {};
  for (const { state, reason } of days) {
    if (state === 'partial' || state === 'missing')
      gaps[reason ?? 'unexplained'] = (gaps[reason ?? 'unexplained'] ?? 0) + 1;
  }
  return { name: asset, loaded: days.filter(({ state }) => state === 'loaded').length, gaps };
}

/** Compares runs, intervals and marks with the reference. */
async function faultsOfLog(pool: Pool, stretch: Stretch, outages: Outages): Promise<readonly string[]> {
  const faults: string[] = [];
  const { rows: runs } = await pool.query<{ job: string; tick: Date; state: string; started: Date }>(
    `select job, scheduled_for as tick, state, started_at as started from ops.runs where cause = 'schedule' order by job, scheduled_for`,
  );
  const keyOf = ({ job, tick }: { readonly job: string; readonly tick: Date }): string =>
    `${job} for ${tick.toISOString()}`;
  faults.push(...differences('run', expectedRuns(stretch, outages).map(keyOf), runs.map(keyOf)));
  for (const [index, run] of runs.entries()) {
    const next = runs[index + 1];
    if (next?.job === run.job && next.started < run.started) faults.push(`${keyOf(next)} overtook ${keyOf(run)}`);
    if (run.state === 'queued' || run.state === 'running') faults.push(`${keyOf(run)} is still ${run.state}`);
  }
  const coverage = expectedCoverage(stretch, outages);
  const { rows: loaded } = await pool.query<{ asset: string; start: Date }>(
    'select asset, interval_start as start from ops.loaded_intervals',
  );
  const nameOf = (asset: string, start: Date): string => `${asset} of ${start.toISOString()}`;
  const expected = [...coverage].flatMap(([asset, { loaded: ticks }]) => ticks.map((tick) => nameOf(asset, tick)));
  faults.push(
    ...differences(
      'interval',
      expected,
      loaded.map(({ asset, start }) => nameOf(asset, start)),
    ),
  );
  const { rows: twice } = await pool.query<{ task: string }>(
    `select asset || ' of ' || scheduled_for || ', ' || task_key as task from simulation.effects
     group by asset, scheduled_for, task_key having count(*) > 1 order by 1 limit 10`,
  );
  faults.push(...twice.map(({ task }) => `took effect twice: ${task}`));
  return faults;
}

function differences(what: string, expected: readonly string[], found: readonly string[]): readonly string[] {
  const [wanted, there] = [new Set(expected), new Set(found)];
  return [
    ...expected.filter((name) => !there.has(name)).map((name) => `${what} missing: ${name}`),
    ...found.filter((name) => !wanted.has(name)).map((name) => `${what} not expected: ${name}`),
  ];
}

/** Every gap has its reason, and the calendar knows of exactly those that the reference does. */
function faultsOfCalendars(calendars: readonly AssetCalendar[], stretch: Stretch, outages: Outages): readonly string[] {
  const coverage = expectedCoverage(stretch, outages);
  return calendars.flatMap(({ asset, days, range, isSnapshot }) => {
    const unexplained = days
      .filter(({ state, reason }) => (state === 'partial' || state === 'missing') && reason === null)
      .map(({ day }) => `${asset}: the gap of ${day} has no reason`);
    const shown = days.flatMap(({ missingTicks }) => missingTicks.map((tick) => tick.toISOString()));
    const isShown = (tick: Date): boolean => {
      const day = addDays(dayOf(tick), isSnapshot ? 0 : -1);
      return day >= range.from && day < range.to;
    };
    const gaps = (coverage.get(asset)?.gaps ?? []).filter(isShown).map((tick) => tick.toISOString());
    return [...unexplained, ...differences(`gap of ${asset}`, gaps, shown)];
  });
}

async function runsByState(pool: Pool): Promise<Readonly<Record<string, number>>> {
  const { rows } = await pool.query<{ state: string; runs: number }>(
    'select state, count(*)::integer as runs from ops.runs group by state order by state',
  );
  return Object.fromEntries(rows.map(({ state, runs }) => [state, runs]));
}

async function sizeOf(pool: Pool): Promise<DatabaseSize> {
  const { rows } = await pool.query<{ schema: string; megabytes: number }>(
    `select nspname as schema, (sum(pg_total_relation_size(c.oid)) / 1e6)::float8 as megabytes
     from pg_class as c join pg_namespace as n on n.oid = relnamespace
     where nspname in ('ops', 'pgboss') and relkind in ('r', 'm') group by 1`,
  );
  const of = (schema: string): number => rows.find((row) => row.schema === schema)?.megabytes ?? 0;
  return { runLog: of('ops'), queue: of('pgboss') };
}

async function execute(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
