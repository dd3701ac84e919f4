import { clockFrom, systemClock } from '@ovis/foundation';
import { forgetOldRuns, parseInstant, serve } from '@ovis/orchestrator';
import { applyRetention, createCatalog } from '@ovis/pipeline';
import { EXIT } from '../exit-code.ts';
import { createLog } from '../log.ts';
import { openPlatform } from '../open-platform.ts';
import { logEvent } from '../service/log-event.ts';
import { parseWorkers } from '../parse-workers.ts';
import { startWorkerProcesses } from '../service/worker-processes.ts';
import type { SchedulerSettings } from '../settings.ts';

/** Options of `ovis-scheduler serve`, as typed. */
export interface ServeCommandOptions {
  /** Whether it only works on tasks. */
  readonly worker?: boolean;
  readonly workers: string;
  readonly now?: string;
}

/** Serves until it is stopped. @returns the exit code. */
export async function serveCommand(
  options: ServeCommandOptions,
  settings: SchedulerSettings,
  signal: AbortSignal,
): Promise<number> {
  const log = createLog(settings.logLevel);
  const clock = options.now === undefined ? systemClock : clockFrom(parseInstant(options.now));
  await using platform = await openPlatform(settings);
  const { pool, presence, leases, resources, concurrency } = platform;
  const processes = parseWorkers(options.workers);
  await using _workers = startWorkerProcesses({
    count: processes - 1,
    now: options.now,
    logTo: process.stdout,
    onRestart: (end) => log.error(end, 'a worker process ended; it is started again'),
  });
  log.info({ workerId: presence.workerId, leads: options.worker !== true }, 'serving');
  await serve({
    catalog: createCatalog(),
    timeZone: settings.timeZone,
    resources,
    pool,
    clock,
    presence,
    concurrency,
    leads: options.worker !== true,
    signal,
    onBeat: async () => leases?.rebalance(),
    housekeeping: async (stopping) => {
      const now = clock.now();
      await applyRetention({ pool, retention: settings.retention, now, signal: stopping });
      const forgotten = await forgetOldRuns(pool, settings.runLogRetention, { now, signal: stopping });
      log.info(forgotten, 'run log tidied');
    },
    onEvent: (event) => logEvent(log, event),
  });
  log.info('stopped; others go on with what was not done');
  return EXIT.done;
}
