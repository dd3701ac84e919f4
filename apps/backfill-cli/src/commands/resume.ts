import { resumeBackfill } from '@ovis/orchestrator';
import { createCatalog, openPlatform } from '@ovis/pipeline';
import { clockOf, isJson, parseConcurrency, type CommandContext, type CommonOptions } from '../command-context.ts';
import { EXIT } from '../exit-code.ts';
import { findBackfill } from '../find-backfill.ts';
import { closingLines, statusJson } from '../terminal/status-lines.ts';
import { PROGRAM } from '../version.ts';
import { workToTheEnd } from '../work-to-the-end.ts';
import { detached } from './run.ts';

/** Options of `ovis-backfill resume`, as typed. */
export interface ResumeOptions extends CommonOptions {
  readonly concurrency?: string;
  readonly detach?: boolean;
}

/** Goes on with what a backfill did not load. @returns the exit code. */
export async function resumeCommand(id: string, options: ResumeOptions, context: CommandContext): Promise<number> {
  const json = isJson(options);
  const clock = clockOf(options);
  const concurrency = options.concurrency === undefined ? undefined : parseConcurrency(options.concurrency);
  const settings = await context.settings();
  await using platform = await openPlatform(settings, PROGRAM);
  const { pool } = platform;
  const status = await findBackfill(pool, id);
  const { backfillId } = status;
  const resumed = await resumeBackfill(pool, backfillId, { now: clock.now(), concurrency });
  const isOpen = status.runs.some(({ state }) => state === 'queued' || state === 'running');
  if (resumed === 0 && !isOpen) {
    const lines = ['there is nothing to go on with', ...closingLines(status)];
    context.output.write(`${json ? JSON.stringify(statusJson(status), null, 2) : lines.join('\n')}\n`);
    return EXIT.done;
  }
  if (options.detach === true) return await detached(backfillId, platform, { json, context });
  return await workToTheEnd(backfillId, { platform, settings, catalog: createCatalog(), clock, context, json });
}
