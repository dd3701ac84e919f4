import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '@ovis/foundation';
import type { Pool } from 'pg';
import type { Catalog } from '../asset.ts';
import { jobNamed } from '../job-named.ts';
import { RunEndedError, RunHandedBack } from '../errors.ts';
import { leadRun, type LedJob } from '../execution/execute-run.ts';
import type { RunEvent, RunReport } from '../execution/report.ts';
import type { TaskResult } from '../execution/run-task.ts';
import type { StepDeadlines } from '../execution/step-deadline.ts';
import { workOff, type Concurrency } from '../execution/work-off.ts';
import type { RunCause } from '../run-log/open-run.ts';
import { outOfPeriod } from '../run-log/out-of-period.ts';
import { tryLockRun, type RunLock } from '../run-log/lock-run.ts';
import { withRunLog } from '../own-connections.ts';
import { nextTick } from '../schedule.ts';
import { TaskQueue } from '../task-queue.ts';
import type { Presence } from '../workers/presence.ts';
import { beatAndTakeOver } from '../workers/take-over.ts';
import { closeRun, openRuns, type OpenRun } from './open-runs.ts';
import { planScheduledRuns, type PlannedRun } from './plan-runs.ts';
import { planUpstreamRuns } from './plan-upstream-runs.ts';

/** What a process of the platform is to do, until it is stopped. */
export interface ServeOptions<Resources> extends StepDeadlines {
  readonly catalog: Catalog<Resources>;
  readonly timeZone: string;
  readonly resources: Resources;
  /** Leads to the database; the run log gets connections of its own, so that no load holds it up and no wait is without an end. */
  readonly pool: Pool;
  readonly clock: Clock;
  readonly presence: Presence;
  readonly concurrency: Concurrency;
  /** Whether it makes the runs of the schedules and leads runs, or only works on tasks. */
  readonly leads: boolean;
  readonly taskDeadlineMs?: number;
  /** Milliseconds after which it looks again for ticks and runs; less where simulated time flies. Default: a second. */
  readonly lookEveryMs?: number;
  /** Stops it: it takes nothing new, and hands back what it has. */
  readonly signal: AbortSignal;
  /** Called after each sign of life, while nobody takes this process for dead. */
  readonly onBeat?: () => Promise<void>;
  /** Work that comes round every hour: retention. */
  readonly housekeeping?: (signal: AbortSignal) => Promise<void>;
  readonly onEvent?: (event: ServiceEvent) => void;
}

/** What happens in the service, for logs and metrics. */
export type ServiceEvent =
  | { readonly type: 'run_planned'; readonly run: PlannedRun }
  | { readonly type: 'run'; readonly run: OpenRun; readonly event: RunEvent }
  | { readonly type: 'run_ended'; readonly run: OpenRun; readonly report: RunReport }
  | { readonly type: 'run_handed_back'; readonly run: OpenRun }
  | { readonly type: 'run_broke_off'; readonly run: OpenRun; readonly error: unknown }
  | { readonly type: 'task'; readonly result: TaskResult }
  | { readonly type: 'tasks_taken_over'; readonly tasks: number }
  /** A part of the service could not do its work, usually for want of the database; it tries again. */
  | { readonly type: 'trouble'; readonly part: ServicePart; readonly error: unknown; readonly retryInMs: number }
  | { readonly type: 'well_again'; readonly part: ServicePart };

/** The parts of the service, which fail and come back each by itself. */
export type ServicePart = 'presence' | 'schedules' | 'runs' | 'work' | 'housekeeping';

const LOOK_EVERY_MS = 1_000;
/** Work goes on without end, once there is a sign of life. */
const WORK_AGAIN_MS = 100;
const HOUR_MS = 3_600_000;
const MOST_RUNS_LED = 4;
/** Places are left for what the schedules bring. */
const MOST_BACKFILLS_LED = 2;
const MAX_TRIES = 3;
const HALF_AN_HOUR_MS = 1_800_000;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 10_000;

/**
 * Serves until it is stopped: makes runs when their ticks come, leads runs, and works on tasks, of its own runs and of those that others
 * lead. Any number of processes may serve at the same time.
 */
export async function serve<Resources>(options: ServeOptions<Resources>): Promise<void> {
  await withRunLog(options.pool, (pool) => serveOver({ ...options, pool }));
}

/** @param options.pool connections for the run log alone. */
export async function serveOver<Resources>(options: ServeOptions<Resources>): Promise<void> {
  const service = new Service(options);
  await service.run();
}

class Service<Resources> {
  readonly #options: ServeOptions<Resources>;
  readonly #emit: (event: ServiceEvent) => void;
  readonly #lookEveryMs: number;
  readonly #led = new Map<string, { readonly cause: RunCause; readonly ended: Promise<void> }>();
  /** Runs whose locks are being asked for. */
  readonly #tried = new Set<string>();

  constructor(options: ServeOptions<Resources>) {
    this.#options = options;
    this.#lookEveryMs = options.lookEveryMs ?? LOOK_EVERY_MS;
    this.#emit = options.onEvent ?? (() => undefined);
  }

  async run(): Promise<void> {
    const { leads, housekeeping, presence, signal } = this.#options;
    // It lives until all is handed back: otherwise others would end its sessions meanwhile.
    const living = new AbortController();
    const present = this.#repeat('presence', presence.beatEveryMs, () => this.#beat(), living.signal);
    const parts = [this.#repeat('work', WORK_AGAIN_MS, () => this.#work())];
    if (leads) {
      parts.push(
        this.#repeat(
          'schedules',
          () => this.#untilTickMs(),
          () => this.#planRuns(),
        ),
        this.#repeat('runs', this.#lookEveryMs, () => this.#leadRuns()),
      );
      if (housekeeping) parts.push(this.#repeat('housekeeping', HOUR_MS, () => housekeeping(signal)));
    }
    await Promise.all(parts);
    await Promise.all([...this.#led.values()].map(({ ended }) => ended));
    living.abort();
    await present;
    await presence.leave().catch(() => undefined);
  }

  /** Does something again and again until the service is stopped; a failure delays it, each one in a row longer, and more or less. */
  async #repeat(
    part: ServicePart,
    every: number | (() => number),
    action: () => Promise<void>,
    signal = this.#options.signal,
  ): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      let waitMs: number;
      try {
        await action();
        waitMs = typeof every === 'number' ? every : every();
        if (failures > 0) this.#emit({ type: 'well_again', part });
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        const most = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** failures);
        // Spread, so that many processes do not come back as one.
        waitMs = most * (0.5 + Math.random() / 2);
        this.#emit({ type: 'trouble', part, error, retryInMs: Math.round(waitMs) });
      }
      await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async #beat(): Promise<void> {
    const { presence, pool, onBeat } = this.#options;
    const tasks = await beatAndTakeOver(pool, presence);
    if (tasks > 0) this.#emit({ type: 'tasks_taken_over', tasks });
    await onBeat?.();
  }

  async #planRuns(): Promise<void> {
    const { pool, catalog, timeZone, clock } = this.#options;
    const now = clock.now();
    const scheduled = await planScheduledRuns(pool, catalog.jobs, { timeZone, now });
    const made = [...scheduled, ...(await planUpstreamRuns(pool, catalog.upstreamJobs ?? [], { now }))];
    for (const run of made) this.#emit({ type: 'run_planned', run });
    if (made.length > 0) await this.#leadRuns();
  }

  /** The time until the next tick of any job, and no longer than it looks away at most: others may pause a job, clocks are set, and data comes at any time. */
  #untilTickMs(): number {
    const { catalog, clock, timeZone } = this.#options;
    const now = clock.now();
    const ticks = catalog.jobs.map(({ cron }) => nextTick({ cron, timeZone }, now).getTime() - now.getTime());
    return Math.min(this.#lookEveryMs, ...ticks);
  }

  async #leadRuns(): Promise<void> {
    const open = await openRuns(this.#options.pool);
    for (const run of open) {
      if (this.#led.size >= MOST_RUNS_LED) return;
      const backfills = [...this.#led.values()].filter(({ cause }) => cause === 'backfill').length;
      if (run.cause === 'backfill' && backfills >= MOST_BACKFILLS_LED) continue;
      if (!this.#led.has(run.runId) && !this.#tried.has(run.runId)) await this.#lead(run);
    }
  }

  /** Leads a run in the background, unless another process does. */
  async #lead(run: OpenRun): Promise<void> {
    const { pool } = this.#options;
    // Both loops come here: one session would get the lock twice over.
    this.#tried.add(run.runId);
    try {
      const lock = await tryLockRun(pool, run.runId, { waits: false });
      if (!lock) return;
      const isLed = await this.#leadLocked(run, lock).catch(async (error: unknown) => {
        await lock.release();
        throw error;
      });
      if (!isLed) await lock.release();
    } finally {
      this.#tried.delete(run.runId);
    }
  }

  /** @returns whether the run is led now; otherwise there is nothing to lead. */
  async #leadLocked(run: OpenRun, lock: RunLock): Promise<boolean> {
    const { pool, catalog, clock, timeZone } = this.#options;
    const named = jobNamed(catalog, run.job);
    // Of a newer version, whose processes know it.
    if (!named) return false;
    const { scheduledFor } = run;
    if (named.on === 'upstream') {
      const { name, models, upstream } = named.job;
      this.#begin(run, lock, { job: { name, assets: [], builds: { models, upstream } }, following: scheduledFor });
      return true;
    }
    const { job } = named;
    const now = clock.now();
    if (outOfPeriod(catalog, job, { scheduledFor, timeZone, now }) !== null) {
      await closeRun(pool, run.runId, { state: 'cancelled', reason: 'period_over', now });
      return false;
    }
    const following = nextTick({ cron: job.cron, timeZone }, scheduledFor);
    this.#begin(run, lock, { job, following });
    return true;
  }

  #begin(run: OpenRun, lock: RunLock, what: { readonly job: LedJob; readonly following: Date }): void {
    this.#led.set(run.runId, { cause: run.cause, ended: this.#leadToEnd(run, lock, what) });
  }

  async #leadToEnd(
    run: OpenRun,
    lock: RunLock,
    { job, following }: { readonly job: LedJob; readonly following: Date },
  ): Promise<void> {
    try {
      const report = await leadRun(
        {
          ...this.#options,
          job,
          scheduledFor: run.scheduledFor,
          nextTick: following,
          cause: run.cause,
          force: run.force,
          selection: run.selection,
          startsAnew: run.force && !run.isBegun,
          onlyIfOpen: true,
          worksHere: false,
          workerId: this.#options.presence.workerId,
          signal: new AbortController().signal,
          stopping: this.#options.signal,
          onEvent: (event) => this.#emit({ type: 'run', run, event }),
          onQueueError: (error) => this.#emit({ type: 'trouble', part: 'runs', error, retryInMs: 0 }),
        },
        run.runId,
        lock,
      );
      this.#emit({ type: 'run_ended', run, report });
    } catch (error) {
      if (error instanceof RunHandedBack) this.#emit({ type: 'run_handed_back', run });
      else if (!(error instanceof RunEndedError)) this.#emit({ type: 'run_broke_off', run, error });
    } finally {
      await lock.release();
      this.#led.delete(run.runId);
    }
  }

  async #work(): Promise<void> {
    const { catalog, resources, pool, clock, presence, concurrency, signal } = this.#options;
    // What it took before it said that it lives would count as a dead one's.
    if (!presence.isCertain) return;
    await using queue = await TaskQueue.open(pool, (error) =>
      this.#emit({ type: 'trouble', part: 'work', error, retryInMs: 0 }),
    );
    await workOff({
      queue,
      environment: {
        pool,
        clock,
        resources,
        workerId: presence.workerId,
        assets: catalog.assets.filter((asset) => asset.unavailable(resources) === null),
        maxTries: MAX_TRIES,
        taskDeadlineMs: this.#options.taskDeadlineMs ?? HALF_AN_HOUR_MS,
      },
      concurrency,
      signal,
      isDone: () => false,
      onIdle: () => Promise.resolve(),
      onResult: (result) => this.#emit({ type: 'task', result }),
    });
  }
}
