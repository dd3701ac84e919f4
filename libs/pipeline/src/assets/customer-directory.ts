import {
  addCounters,
  emptyCounters,
  type PlanContext,
  type QuarantinedEntry,
  type TaskCounters,
} from '@ovis/orchestrator';
import { compileAllowlist, createDropReport } from '@ovis/pii-allowlist';
import type { OvisClient } from 'ovis-client';
import { customerAllowlist } from '../allowlists/customer.ts';
import type { PipelineResources } from '../resources.ts';

const projector = compileAllowlist(customerAllowlist);
const PAGE_SIZE = 1000;
/** Drops of customers are counted beside those of the asset's own rows, under this. */
const DROP_PREFIX = 'customers: ';

/** The customers of one shard, by their ids alone. */
export interface CustomerList {
  readonly customerIds: readonly string[];
  /** Entries without a usable id: they cannot be asked for, and nothing of them may be written down but their place. */
  readonly quarantined: readonly QuarantinedEntry[];
  readonly counters: TaskCounters;
}

/**
 * Lists each shard's customers once an execution of a run, however many assets ask; the first to ask gets the listing's counts.
 *
 * A listing that fails is asked for again by the next one who wants it.
 */
export class CustomerDirectory {
  #execution = '';
  #lists = new Map<string, Promise<CustomerList>>();

  /** @throws what the client throws. */
  async customersOf(client: OvisClient, shard: string, context: PlanContext<PipelineResources>): Promise<CustomerList> {
    const execution = `${context.runId}/${String(context.runAttempt)}`;
    if (this.#execution !== execution) {
      this.#execution = execution;
      this.#lists = new Map();
    }
    const lists = this.#lists;
    const known = lists.get(shard);
    if (known) return { customerIds: (await known).customerIds, quarantined: [], counters: emptyCounters() };
    const listed = listCustomers(client, shard, context.signal).catch((error: unknown) => {
      lists.delete(shard);
      throw error;
    });
    lists.set(shard, listed);
    const list = await listed;
    addCounters(context.counters, list.counters);
    return list;
  }
}

async function listCustomers(client: OvisClient, shard: string, signal: AbortSignal): Promise<CustomerList> {
  const customerIds = new Set<string>();
  const quarantined: QuarantinedEntry[] = [];
  const counters = emptyCounters();
  const report = createDropReport();
  const events = {
    onRequest: () => {
      counters.requests += 1;
    },
    onRetry: () => {
      counters.retries += 1;
    },
  };
  for await (const page of client.listCustomers(shard, { pageSize: PAGE_SIZE, signal, events })) {
    counters.bytes += page.bytes;
    counters.pages += 1;
    for (const [index, item] of page.items.entries()) {
      const projection = projector.project(item, report);
      if (projection.ok) customerIds.add(projection.row.column('customerId'));
      else {
        const position = `customers, page ${String(counters.pages)}, item ${String(index + 1)}`;
        quarantined.push({ position, reason: projection.reason });
      }
    }
  }
  for (const [path, count] of report.dropped) counters.dropped[`${DROP_PREFIX}${path}`] = count;
  for (const [path, count] of report.mismatched) counters.mismatched[`${DROP_PREFIX}${path}`] = count;
  return { customerIds: [...customerIds], quarantined, counters };
}
