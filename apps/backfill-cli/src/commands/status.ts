import { setTimeout as sleep } from 'node:timers/promises';
import { listBackfills, type BackfillStatus } from '@ovis/orchestrator';
import type { Pool } from 'pg';
import { isJson, openWarehouse, type CommandContext, type CommonOptions } from '../command-context.ts';
import { EXIT, exitCodeOf } from '../exit-code.ts';
import { findBackfill } from '../find-backfill.ts';
import { createProgress } from '../terminal/progress.ts';
import { listLines, statusJson, statusLines } from '../terminal/status-lines.ts';

/** Options of `ovis-backfill status`, as typed. */
export interface StatusOptions extends CommonOptions {
  readonly follow?: boolean;
}

const MOST_LISTED = 20;
const LOOK_EVERY_MS = 500;

/** Prints the newest backfills, or where one stands. @returns the exit code. */
export async function statusCommand(
  id: string | undefined,
  options: StatusOptions,
  context: CommandContext,
): Promise<number> {
  const json = isJson(options);
  const { output } = context;
  await using warehouse = await openWarehouse(await context.settings());
  const { pool } = warehouse;
  if (id === undefined && options.follow !== true) {
    const backfills = await listBackfills(pool, MOST_LISTED);
    if (json) output.write(`${JSON.stringify(backfills.map(statusJson), null, 2)}\n`);
    else
      output.write(backfills.length === 0 ? 'no backfill was asked for yet\n' : `${listLines(backfills).join('\n')}\n`);
    return EXIT.done;
  }
  const wanted = id ?? (await listBackfills(pool, 1))[0]?.backfillId ?? '';
  const found = await findBackfill(pool, wanted);
  const status = options.follow === true ? await follow(pool, found, { context, json }) : found;
  output.write(`${json ? JSON.stringify(statusJson(status), null, 2) : statusLines(status).join('\n')}\n`);
  return context.signal.aborted ? EXIT.interrupted : exitCodeOf(status.state);
}

/** Shows a backfill that other processes work on until it has ended, or nobody wants to see more. */
async function follow(
  pool: Pool,
  found: BackfillStatus,
  { context, json }: { readonly context: CommandContext; readonly json: boolean },
): Promise<BackfillStatus> {
  const progress = createProgress(context.display, { isQuiet: json });
  let status = found;
  try {
    for (;;) {
      progress.show(status, null);
      const isOpen = status.state === 'queued' || status.state === 'running';
      if (!isOpen || context.signal.aborted) return status;
      await sleep(LOOK_EVERY_MS, undefined, { signal: context.signal }).catch(() => undefined);
      status = await findBackfill(pool, found.backfillId);
    }
  } finally {
    progress.stop();
  }
}
