import { clockFrom, describeError, systemClock } from '@ovis/foundation';
import { forgetOldRuns, parseInstant, serve, type Presence } from '@ovis/orchestrator';
import { applyRetention, createCatalog } from '@ovis/pipeline';
import { createPool } from '@ovis/warehouse';
import { EXIT } from '../exit-code.ts';
import type { Health } from '../http/api-context.ts';
import { createMetrics } from '../http/metrics/metrics.ts';
import { parseHttpSettings, type HttpSettings } from '../http/settings.ts';
import { startHttp, type HttpServer } from '../http/start-http.ts';
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
  const leads = options.worker !== true;
  const processes = parseWorkers(options.workers);
  // What is wrong with the settings is said before anything is connected.
  const httpSettings = leads ? parseHttpSettings(process.env) : null;
  const log = createLog(settings.logLevel);
  const clock = options.now === undefined ? systemClock : clockFrom(parseInstant(options.now));
  const metrics = createMetrics();
  await using platform = await openPlatform(settings, { clientEvents: metrics.clientEvents });
  const catalog = createCatalog();
  const { pool, presence, leases, resources, concurrency } = platform;
  presence.countsAsDeadAfter(settings.deadAfterMs);
  await using _workers = startWorkerProcesses({
    count: processes - 1,
    now: options.now,
    logTo: process.stdout,
    onRestart: (end) => log.error(end, 'a worker process ended; it is started again'),
  });
  const troubles = new Map<string, string>();
  await using http = httpSettings && (await openHttp(httpSettings));
  log.info({ workerId: presence.workerId, leads, url: http?.url }, 'serving');
  await serve({
    catalog,
    timeZone: settings.timeZone,
    resources,
    pool,
    clock,
    presence,
    concurrency,
    stepDeadlineMs: settings.stepDeadlineMs,
    leads,
    signal,
    onBeat: async () => leases?.rebalance(),
    housekeeping: async (stopping) => {
      const now = clock.now();
      await applyRetention({ pool, retention: settings.retention, now, signal: stopping });
      const forgotten = await forgetOldRuns(pool, settings.runLogRetention, { now, signal: stopping });
      log.info(forgotten, 'run log tidied');
    },
    onEvent: (event) => {
      if (event.type === 'trouble') troubles.set(event.part, describeError(event.error).errorClass);
      if (event.type === 'well_again') troubles.delete(event.part);
      logEvent(log, event);
      http?.onEvent(event);
    },
  });
  log.info('stopped; others go on with what was not done');
  return EXIT.done;

  async function openHttp(listening: HttpSettings): Promise<AsyncDisposable & Pick<HttpServer, 'url' | 'onEvent'>> {
    // Its own connections, which nobody ends when this process is taken for dead as a worker.
    const applicationName = 'ovis-scheduler-http';
    const httpPool = createPool({
      url: settings.databaseUrl,
      applicationName,
      role: 'ovis_loader',
      max: HTTP_CONNECTIONS,
    });
    const server = await startHttp({
      pool: httpPool,
      catalog,
      timeZone: settings.timeZone,
      clock,
      resources,
      settings: listening,
      metrics,
      health: () => healthOf(presence, troubles),
      onError: (error, where) => log.error({ where, ...describeError(error) }, 'HTTP'),
    });
    return {
      url: server.url,
      onEvent: server.onEvent,
      [Symbol.asyncDispose]: async () => {
        await server.close();
        await httpPool.end();
      },
    };
  }
}

const HTTP_CONNECTIONS = 6;

/** Ready is who says that it lives and has no trouble with the database. */
function healthOf(presence: Presence, troubles: ReadonlyMap<string, string>): Health {
  const reasons = [...troubles].map(([part, errorClass]) => `${part}: ${errorClass}`);
  if (!presence.isCertain) reasons.unshift('the database has not been reached for some seconds');
  return { ready: reasons.length === 0, reasons };
}
