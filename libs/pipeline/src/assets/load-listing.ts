import type { TaskContext } from '@ovis/orchestrator';
import { createDropReport, type Allowed, type Projector } from '@ovis/pii-allowlist';
import type { QuarantinedRow, RawRow, RawTable, RowGroup } from '@ovis/raw-loader';
import type { ListOptions, OvisClient, Page } from 'ovis-client';
import { PipelineError } from '../errors.ts';
import type { PipelineResources } from '../resources.ts';
import { ListingProgress } from './listing-progress.ts';
import type { ListingLoader } from './shared-loaders.ts';

/** Two pages of each task are in memory at most: the one at hand and the one that is read ahead. */
const PAGE_SIZE = 500;

/** A listing of the API by customer, and the raw table that it fills. */
export interface Listing<Row> {
  readonly table: RawTable;
  readonly projector: Projector<Row>;
  readonly list: (client: OvisClient, shard: string, customerId: string, options: ListOptions) => AsyncIterable<Page>;
  /** The table's key columns from a row that passed. */
  readonly keyColumns: (
    allowed: Allowed<Row>,
    request: { readonly customerId: string },
  ) => Readonly<Record<string, string>>;
  readonly isThermostat: (allowed: Allowed<Row>) => boolean;
}

/** Where a task stands once a page is stored. */
export interface PageCheckpoint {
  readonly pageNumber: number;
  readonly nextCursor: string | null;
}

/**
 * Loads one customer's listing, from the task's cursor to its end: each page is projected as it comes, and what passed is stored
 * together with the cursor behind it.
 */
export async function loadListing<Row>(
  context: TaskContext<PipelineResources>,
  listing: Listing<Row>,
  loader: ListingLoader,
): Promise<void> {
  const { client } = context.resources;
  const { shard, customerId } = context.task;
  if (!client || shard === null || customerId === null) {
    throw new PipelineError(`task ${context.task.key} of ${listing.table.name} has no shard or no customer to ask for`);
  }
  const pages = listing.list(client, shard, customerId, listOptions(context));
  const progress = new ListingProgress(context.counters);
  await loader.load({
    signal: context.signal,
    groups: groupsOf(context, listing, pages, progress),
    owner: (batch) => {
      const { pageNumber, nextCursor } = batch.checkpoint;
      return context.progress({
        cursor: nextCursor,
        isLast: nextCursor === null,
        table: `${listing.table.schema}.${listing.table.name}`,
        touchedDays: batch.touchedDays,
        quarantined: progress.count(pageNumber, batch),
      });
    },
  });
}

function listOptions(context: TaskContext<PipelineResources>): ListOptions {
  const events = {
    onRequest: () => {
      context.counters.requests += 1;
    },
    onRetry: () => {
      context.counters.retries += 1;
    },
  };
  return { cursor: context.cursor, pageSize: PAGE_SIZE, signal: context.signal, events };
}

async function* groupsOf<Row>(
  context: TaskContext<PipelineResources>,
  listing: Listing<Row>,
  pages: AsyncIterable<Page>,
  progress: ListingProgress,
): AsyncGenerator<RowGroup<PageCheckpoint>> {
  const { task, runId, scheduledFor } = context;
  for await (const page of pages) {
    const pageNumber = progress.nextNumber;
    const report = createDropReport();
    const observedAt = context.clock.now();
    const common = {
      shard: task.shard,
      customer_id: task.customerId,
      queried_at: scheduledFor,
      observed_at: observedAt,
      run_id: runId,
    };
    const rows: RawRow[] = [];
    const quarantined: QuarantinedRow[] = [];
    let thermostats = 0;
    for (const [index, item] of page.items.entries()) {
      const projection = listing.projector.project(item, report);
      const position = `page ${String(pageNumber)}, item ${String(index + 1)}`;
      if (!projection.ok) {
        quarantined.push({ position, reason: projection.reason });
        continue;
      }
      if (listing.isThermostat(projection.row)) thermostats += 1;
      const keys = listing.keyColumns(projection.row, { customerId: task.customerId ?? '' });
      rows.push({ allowed: projection.row, position, columns: { ...common, ...keys } });
    }
    // Not the page's items: they need not wait in memory until their rows are stored.
    const { bytes, nextCursor } = page;
    progress.add({ nextCursor, bytes, ...report, thermostats, quarantined });
    yield { rows, checkpoint: { pageNumber, nextCursor: page.nextCursor } };
  }
}
