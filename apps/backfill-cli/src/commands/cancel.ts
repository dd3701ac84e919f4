import { setTimeout as sleep } from 'node:timers/promises';
import { cancelBackfill } from '@ovis/orchestrator';
import { clockOf, isJson, openWarehouse, type CommandContext, type CommonOptions } from '../command-context.ts';
import { EXIT } from '../exit-code.ts';
import { findBackfill } from '../find-backfill.ts';
import { closingLines, statusJson } from '../terminal/status-lines.ts';

const PATIENCE_MS = 20_000;
const LOOK_EVERY_MS = 300;

/** Ends a backfill, and waits until its requests have ended. @returns the exit code. */
export async function cancelCommand(id: string, options: CommonOptions, context: CommandContext): Promise<number> {
  const json = isJson(options);
  await using warehouse = await openWarehouse(await context.settings());
  const { pool } = warehouse;
  const found = await findBackfill(pool, id);
  const open = await cancelBackfill(pool, found.backfillId, { now: clockOf(options).now() });
  let status = await findBackfill(pool, found.backfillId);
  const startedMs = performance.now();
  const isOpen = (): boolean => status.runs.some(({ state }) => state === 'queued' || state === 'running');
  while (isOpen() && !context.signal.aborted && performance.now() - startedMs < PATIENCE_MS) {
    await sleep(LOOK_EVERY_MS, undefined, { signal: context.signal }).catch(() => undefined);
    status = await findBackfill(pool, found.backfillId);
  }
  const lines = [...(open === 0 ? ['it had ended before'] : []), ...closingLines(status)];
  context.output.write(`${json ? JSON.stringify(statusJson(status), null, 2) : lines.join('\n')}\n`);
  // Somebody leads it who does not answer: it ends when that process does, or is taken over.
  return isOpen() ? EXIT.failed : EXIT.done;
}
