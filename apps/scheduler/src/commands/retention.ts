import { systemClock } from '@ovis/foundation';
import { parseInstant } from '@ovis/orchestrator';
import { applyRetention, type RetentionResult } from '@ovis/pipeline';
import { EXIT } from '../exit-code.ts';
import { openWarehouse } from '../open-warehouse.ts';
import type { WarehouseSettings } from '../settings.ts';
import { formatCount, formatTable } from '@ovis/foundation';

/** Drops the raw months that are older than the settings say. @returns the exit code. */
export async function retentionCommand(
  options: { readonly dryRun?: boolean; readonly now?: string },
  { databaseUrl, retention }: WarehouseSettings,
  signal: AbortSignal,
): Promise<number> {
  const now = options.now === undefined ? systemClock.now() : parseInstant(options.now);
  await using warehouse = await openWarehouse(databaseUrl);
  try {
    const isDryRun = options.dryRun ?? false;
    const results = await applyRetention({ pool: warehouse.pool, retention, now, isDryRun, signal });
    const heading = ['table', 'months kept', isDryRun ? 'would be dropped' : 'dropped'];
    process.stdout.write(`${formatTable(heading, results.map(cellsOf)).join('\n')}\n`);
    return EXIT.done;
  } catch (error) {
    if (!signal.aborted) throw error;
    process.stdout.write('interrupted; run the same command again to go on\n');
    return EXIT.interrupted;
  }
}

function cellsOf({ table, months, dropped, rows }: RetentionResult): readonly string[] {
  if (months === null) return [table, 'all', ''];
  const what = rows === null ? dropped.join(', ') || 'nothing' : `${formatCount(rows)} rows`;
  return [table, String(months), what];
}
