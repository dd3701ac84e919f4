import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import { RunBusyError, RunEndedError, UsageError } from '../errors.ts';
import { leadRun } from '../execution/execute-run.ts';
import type { RunEvent, RunReport } from '../execution/report.ts';
import { tryLockRun } from '../run-log/lock-run.ts';
import { withRunLog } from '../own-connections.ts';
import { nextTick } from '../schedule.ts';
import { openRuns, type OpenRun } from '../service/open-runs.ts';
import { serveOver, type ServeOptions, type ServiceEvent } from '../service/serve.ts';
import { readBackfill, type BackfillStatus } from './backfill-status.ts';
import { interruptBackfill } from './change-backfill.ts';

/** How a backfill is worked on. */
export interface WorkOnBackfillOptions<Resources> extends Omit<
  ServeOptions<Resources>,
  'leads' | 'onEvent' | 'housekeeping'
> {
  readonly backfillId: string;
  /** Called about twice a second. */
  readonly onStatus?: (status: BackfillStatus, blockedBy: BlockingRun | null) => void;
  readonly onEvent?: (event: BackfillEvent) => void;
}

/** A run that a backfill lets go first. */
export interface BlockingRun {
  readonly runId: string;
  readonly job: string;
  readonly scheduledFor: Date;
  readonly cause: string;
}

/** What happens while a backfill is worked on. */
export type BackfillEvent =
  | { readonly type: 'run'; readonly run: OpenRun; readonly event: RunEvent }
  | { readonly type: 'run_ended'; readonly run: OpenRun; readonly report: RunReport }
  | { readonly type: 'run_broke_off'; readonly run: OpenRun; readonly error: unknown }
  | Extract<ServiceEvent, { readonly type: 'trouble' | 'well_again' | 'task' }>;

const LOOK_EVERY_MS = 500;

/**
 * Leads the runs of a backfill and works on their tasks until none is open. Other processes that serve may lead some of them; runs of
 * schedules and by hand go first.
 *
 * When `signal` is aborted, what is open of it is interrupted: tasks keep their cursors, and resuming goes on there.
 *
 * @returns where the backfill stands then.
 * @throws UsageError if there is no such backfill.
 */
export async function workOnBackfill<Resources>(options: WorkOnBackfillOptions<Resources>): Promise<BackfillStatus> {
  return withRunLog(options.pool, (pool) => workOver({ ...options, pool }));
}

async function workOver<Resources>(options: WorkOnBackfillOptions<Resources>): Promise<BackfillStatus> {
  const { pool, backfillId, signal, clock, onStatus, onEvent = () => undefined } = options;
  const done = new AbortController();
  const serving = serveOver({
    ...options,
    leads: false,
    signal: AbortSignal.any([signal, done.signal]),
    onEvent: (event) => {
      if (event.type === 'trouble' || event.type === 'well_again' || event.type === 'task') onEvent(event);
    },
  });
  const led = new Map<string, Promise<void>>();
  const look = async (): Promise<BackfillStatus> => {
    const open = await openRuns(pool, backfillId);
    for (const run of open) if (!led.has(run.runId)) await lead(options, run, led);
    const status = await readStatus(pool, backfillId);
    const isWaiting = led.size === 0 && open.length === 0 && status.state === 'queued';
    onStatus?.(status, isWaiting ? await findBlocking(pool, status.job) : null);
    return status;
  };
  try {
    while (!signal.aborted) {
      const { state } = await look();
      if (state !== 'queued' && state !== 'running' && led.size === 0) break;
      await Promise.race([sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined), ...led.values()]);
    }
  } finally {
    // They end with the signal; after a fault nobody would wait for them otherwise.
    await Promise.all(led.values());
    if (signal.aborted) await interruptBackfill(pool, backfillId, { now: clock.now() });
    done.abort();
    await serving;
  }
  return readStatus(pool, backfillId);
}

async function readStatus(pool: Pool, backfillId: string): Promise<BackfillStatus> {
  const status = await readBackfill(pool, backfillId);
  if (!status) throw new UsageError(`there is no backfill ${backfillId}; ovis-backfill status lists them`);
  return status;
}

/** Leads a run in the background, unless another process does. */
async function lead<Resources>(
  options: WorkOnBackfillOptions<Resources>,
  run: OpenRun,
  led: Map<string, Promise<void>>,
): Promise<void> {
  const { pool, catalog, timeZone, presence, signal, onEvent = () => undefined } = options;
  const job = catalog.jobs.find(({ name }) => name === run.job);
  if (!job) throw new UsageError(`there is no job "${run.job}" in this version any more`);
  const lock = await tryLockRun(pool, run.runId, { waits: false });
  if (!lock) return;
  const { onEvent: _, ...rest } = options;
  const leading = leadRun(
    {
      ...rest,
      job,
      scheduledFor: run.scheduledFor,
      nextTick: nextTick({ cron: job.cron, timeZone }, run.scheduledFor),
      cause: run.cause,
      force: run.force,
      selection: run.selection,
      startsAnew: run.force && !run.isBegun,
      onlyIfOpen: true,
      worksHere: false,
      workerId: presence.workerId,
      signal,
      onEvent: (event) => onEvent({ type: 'run', run, event }),
      onQueueError: (error) => onEvent({ type: 'trouble', part: 'runs', error, retryInMs: 0 }),
    },
    run.runId,
    lock,
  )
    .then(
      (report) => onEvent({ type: 'run_ended', run, report }),
      (error: unknown) => {
        if (!(error instanceof RunBusyError || error instanceof RunEndedError))
          onEvent({ type: 'run_broke_off', run, error });
      },
    )
    .then(() => lock.release())
    .finally(() => led.delete(run.runId));
  led.set(run.runId, leading);
}

async function findBlocking(pool: Pool, job: string): Promise<BlockingRun | null> {
  const { rows } = await pool.query<{ run_id: string; scheduled_for: Date; cause: string }>(
    `select run_id, scheduled_for, cause from ops.runs
     where job = $1 and cause <> 'backfill' and state in ('queued', 'running') order by scheduled_for limit 1`,
    [job],
  );
  const run = rows[0];
  return run ? { runId: run.run_id, job, scheduledFor: run.scheduled_for, cause: run.cause } : null;
}
