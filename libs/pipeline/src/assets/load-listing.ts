import type { TaskContext } from '@ovis/orchestrator';
import type { Allowed, Projector } from '@ovis/pii-allowlist';
import type { RawTable, RowGroup } from '@ovis/raw-loader';
import type { ListOptions, OvisClient, Page } from 'ovis-client';
import { PipelineError } from '../errors.ts';
import type { PipelineResources } from '../resources.ts';
import { ListingProgress } from './listing-progress.ts';
import { itemsOf, projectPage } from './project-page.ts';
import { sharedProgress, type ListingLoader } from './shared-loaders.ts';

/** Two pages of each task are in memory at most: the one at hand and the one that is read ahead. */
const PAGE_SIZE = 250;

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
  /** The task's cursor; null at the end. */
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
    owner: sharedProgress(context, listing.table, progress),
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
    const { rows, quarantined, report } = projectPage(page.items, {
      projector: listing.projector,
      positionOf: itemsOf(`page ${String(pageNumber)}`),
      common: {
        shard: task.shard,
        customer_id: task.customerId,
        queried_at: scheduledFor,
        observed_at: context.clock.now(),
        run_id: runId,
      },
      columnsOf: (allowed) => listing.keyColumns(allowed, { customerId: task.customerId ?? '' }),
    });
    const thermostats = rows.filter(({ allowed }) => listing.isThermostat(allowed)).length;
    // Not the page's items: they need not wait in memory until their rows are stored.
    progress.add({ bytes: page.bytes, ...report, thermostats, quarantined });
    yield { rows, checkpoint: { pageNumber, nextCursor: page.nextCursor } };
  }
}
