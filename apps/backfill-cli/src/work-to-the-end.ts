import { describeError, type Clock } from '@ovis/foundation';
import { workOnBackfill, type BackfillEvent, type Catalog } from '@ovis/orchestrator';
import type { PipelineResources, Platform, PlatformSettings } from '@ovis/pipeline';
import type { CommandContext } from './command-context.ts';
import { EXIT, exitCodeOf } from './exit-code.ts';
import { modelLine } from './rebuild.ts';
import { createProgress, type Progress } from './terminal/progress.ts';
import { closingLines, shortId, statusJson } from './terminal/status-lines.ts';

export { shortId };

/** What working on a backfill takes. */
export interface WorkOptions {
  readonly platform: Platform;
  readonly settings: PlatformSettings;
  readonly catalog: Catalog<PipelineResources>;
  readonly clock: Clock;
  readonly context: CommandContext;
  readonly json: boolean;
}

/** Works on a backfill in this process until it has ended or is interrupted, shows how it goes, and says how to go on. @returns the exit code. */
export async function workToTheEnd(backfillId: string, options: WorkOptions): Promise<number> {
  const { platform, settings, catalog, clock, context, json } = options;
  const progress = createProgress(context.display, { isQuiet: json });
  progress.log(`backfill ${shortId(backfillId)}; Ctrl-C interrupts it, and it can be resumed`);
  try {
    const status = await workOnBackfill({
      backfillId,
      catalog,
      timeZone: settings.timeZone,
      resources: platform.resources,
      pool: platform.pool,
      clock,
      presence: platform.presence,
      concurrency: platform.concurrency,
      signal: context.signal,
      onBeat: async () => platform.leases?.rebalance(),
      onStatus: (present, blockedBy) => progress.show(present, blockedBy),
      onEvent: (event) => logEvent(progress, event),
    });
    progress.show(status, null);
    progress.stop();
    context.output.write(`${json ? JSON.stringify(statusJson(status), null, 2) : closingLines(status).join('\n')}\n`);
    return context.signal.aborted ? EXIT.interrupted : exitCodeOf(status.state);
  } finally {
    progress.stop();
  }
}

function logEvent(progress: Progress, event: BackfillEvent): void {
  if (event.type === 'trouble') {
    progress.log(`${event.part}: ${describeError(event.error).message}; tried again`);
  } else if (event.type === 'run_broke_off') {
    progress.log(`${event.run.scheduledFor.toISOString()} broke off: ${describeError(event.error).message}`);
  } else if (event.type === 'run' && event.event.type === 'scope_failed') {
    progress.log(`${event.event.asset}: ${event.event.scope} could not be listed: ${event.event.message}`);
  } else if (event.type === 'run' && event.event.type === 'model_finished') {
    const line = modelLine(event.event.result);
    if (line !== null) progress.log(line);
  } else if (event.type === 'task' && event.result.outcome.state === 'failed' && event.result.task) {
    const { asset, definition } = event.result.task;
    progress.log(`${asset}: ${definition.key} failed: ${event.result.outcome.error.message}`);
  }
}
