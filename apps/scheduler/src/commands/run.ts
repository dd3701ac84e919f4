import { clockFrom, describeError, systemClock, type Clock } from '@ovis/foundation';
import { executeRun, parseInstant, parseScheduledFor, stayPresent, UsageError } from '@ovis/orchestrator';
import { createCatalog } from '@ovis/pipeline';
import { exitCodeOf } from '../exit-code.ts';
import { openPlatform } from '../open-platform.ts';
import { parseWorkers } from '../parse-workers.ts';
import { startWorkerProcesses } from '../service/worker-processes.ts';
import type { SchedulerSettings } from '../settings.ts';
import { createProgress } from '../terminal/progress.ts';
import { summaryOf } from '../terminal/summary.ts';

/** Options of `ovis-scheduler run`, as typed. */
export interface RunCommandOptions {
  readonly scheduledFor?: string;
  readonly force?: boolean;
  readonly workers: string;
  readonly now?: string;
}

/**
 * Runs a job to its end and prints what it did.
 *
 * @returns the exit code.
 */
export async function runCommand(
  jobName: string,
  options: RunCommandOptions,
  settings: SchedulerSettings,
  signal: AbortSignal,
): Promise<number> {
  const catalog = createCatalog();
  const clock = clockOf(options.now);
  const job = catalog.jobs.find((candidate) => candidate.name === jobName);
  const schedule = job && { cron: job.cron, timeZone: settings.timeZone };
  const scheduledFor =
    schedule && options.scheduledFor !== undefined ? parseScheduledFor(schedule, options.scheduledFor) : undefined;
  if (!job)
    throw new UsageError(
      `there is no job "${jobName}"; the jobs are ${catalog.jobs.map(({ name }) => name).join(', ')}`,
    );

  const processes = parseWorkers(options.workers);
  await using platform = await openPlatform(settings);
  platform.presence.countsAsDeadAfter(settings.deadAfterMs);
  await using _workers = startWorkerProcesses({
    count: processes - 1,
    now: options.now,
    // What this command prints is its own.
    logTo: process.stderr,
    onRestart: () => process.stderr.write('a worker process ended; it is started again\n'),
  });
  await using _presence = await stayPresent(platform.pool, platform.presence, platform.leases);
  const progress = createProgress(process.stderr);
  try {
    const report = await executeRun({
      catalog,
      job: jobName,
      ...(scheduledFor ? { scheduledFor } : {}),
      cause: 'manual',
      force: options.force ?? false,
      timeZone: settings.timeZone,
      resources: platform.resources,
      pool: platform.pool,
      clock,
      concurrency: platform.concurrency,
      stepDeadlineMs: settings.stepDeadlineMs,
      workerId: platform.presence.workerId,
      signal,
      onEvent: (event) => {
        progress.onEvent(event);
      },
      onQueueError: (error) => {
        const { errorClass, message } = describeError(error);
        process.stderr.write(`the queue's own work failed: ${message} [${errorClass}]\n`);
      },
    });
    progress.stop();
    process.stdout.write(`${summaryOf(report).join('\n')}\n`);
    return exitCodeOf(report);
  } finally {
    progress.stop();
  }
}

/** A clock that starts at a given time makes runs over simulated fleets repeatable. */
function clockOf(now: string | undefined): Clock {
  if (now === undefined) return systemClock;
  return clockFrom(parseInstant(now));
}
