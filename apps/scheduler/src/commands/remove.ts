import { UsageError } from '@ovis/orchestrator';
import {
  checkCustomerId,
  forgetCustomer,
  parsePurgeTarget,
  purgeField,
  type RemovalOptions,
  type RemovalReport,
  type TableResult,
} from '@ovis/pipeline';
import { EXIT } from '../exit-code.ts';
import { openWarehouse } from '../open-warehouse.ts';
import type { WarehouseSettings } from '../settings.ts';
import { formatCount, formatTable } from '@ovis/foundation';

/** Options of the commands that remove something, as typed. */
export interface RemoveOptions {
  readonly yes?: boolean;
}

const MODEL_THREADS = 2;

/** Removes a field from what is stored. @returns the exit code. */
export async function purgeCommand(
  path: string,
  { yes = false }: RemoveOptions,
  settings: () => WarehouseSettings,
  signal: AbortSignal,
): Promise<number> {
  const target = parsePurgeTarget(path);
  if (!yes) throw new UsageError(`this removes ${path} from all raw rows for good; add --yes to do it`);
  return remove(`${path} is purged`, settings(), signal, (options) => purgeField(target, options));
}

/** Removes a customer from what is stored. @returns the exit code. */
export async function forgetCommand(
  customer: string,
  { yes = false }: RemoveOptions,
  settings: () => WarehouseSettings,
  signal: AbortSignal,
): Promise<number> {
  const customerId = checkCustomerId(customer);
  if (!yes) throw new UsageError('this removes all rows of the customer for good; add --yes to do it');
  return remove('the customer is forgotten', settings(), signal, (options) => forgetCustomer(customerId, options));
}

async function remove(
  done: string,
  { databaseUrl, modelsDirectory }: WarehouseSettings,
  signal: AbortSignal,
  work: (options: RemovalOptions) => Promise<RemovalReport>,
): Promise<number> {
  await using warehouse = await openWarehouse(databaseUrl);
  const models = { directory: modelsDirectory, databaseUrl, threads: MODEL_THREADS };
  const tables: TableResult[] = [];
  const onTable = (result: TableResult): void => {
    tables.push(result);
    process.stderr.write(`${result.table}: ${formatCount(result.rows)} rows\n`);
  };
  try {
    const report = await work({ pool: warehouse.pool, models, signal, onTable });
    signal.throwIfAborted();
    const failed = report.models.filter(({ status }) => status === 'failed' || status === 'skipped');
    const outcome =
      failed.length === 0 ? done : 'the rows are gone, but models failed; mend them and run the same command again';
    process.stdout.write(`${[...removedLines(tables), '', ...modelLines(report), '', outcome].join('\n')}\n`);
    return failed.length === 0 ? EXIT.done : EXIT.failed;
  } catch (error) {
    if (!signal.aborted) throw error;
    const lines = [...removedLines(tables), '', 'interrupted; run the same command again to go on'];
    process.stdout.write(`${lines.join('\n')}\n`);
    return EXIT.interrupted;
  }
}

function removedLines(tables: readonly TableResult[]): readonly string[] {
  const rows = tables.map(({ table, rows: count, days }) => [table, formatCount(count), formatCount(days)]);
  return formatTable(['table', 'rows', 'days'], rows);
}

function modelLines({ models }: RemovalReport): readonly string[] {
  const built = models.filter(({ kind }) => kind !== 'test');
  const failures = models.filter(({ status }) => status === 'failed');
  return [
    built.length === 0 ? 'no model is downstream' : `built anew: ${built.map(({ name }) => name).join(', ')}`,
    ...failures.map(({ name, message }) => `  ${name}: ${message ?? 'failed'}`),
  ];
}
