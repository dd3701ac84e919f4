import { compileAllowlist, createDropReport } from '@ovis/pii-allowlist';
import type { OvisClient } from 'ovis-client';
import { customerAllowlist } from '../allowlists/customer.ts';

const projector = compileAllowlist(customerAllowlist);
const PAGE_SIZE = 1000;

/** The customers of one shard. */
export interface CustomerList {
  readonly customerIds: readonly string[];
  /** Customers without a usable id: they cannot be asked for, and nothing is known of them that may be written down. */
  readonly unusable: number;
}

/**
 * Lists each shard's customers once a run, however many assets ask. Only ids are kept.
 *
 * A listing that fails is asked for again by the next one who wants it.
 */
export class CustomerDirectory {
  #runId = '';
  #lists = new Map<string, Promise<CustomerList>>();

  /** @throws what the client throws. */
  customersOf(
    client: OvisClient,
    shard: string,
    run: { readonly runId: string; readonly signal: AbortSignal },
  ): Promise<CustomerList> {
    if (this.#runId !== run.runId) {
      this.#runId = run.runId;
      this.#lists = new Map();
    }
    const lists = this.#lists;
    const known = lists.get(shard);
    if (known) return known;
    const listed = listCustomers(client, shard, run.signal).catch((error: unknown) => {
      lists.delete(shard);
      throw error;
    });
    lists.set(shard, listed);
    return listed;
  }
}

async function listCustomers(client: OvisClient, shard: string, signal: AbortSignal): Promise<CustomerList> {
  const customerIds = new Set<string>();
  let unusable = 0;
  for await (const page of client.listCustomers(shard, { pageSize: PAGE_SIZE, signal })) {
    for (const item of page.items) {
      const projection = projector.project(item, createDropReport());
      if (projection.ok) customerIds.add(projection.row.column('customerId'));
      else unusable += 1;
    }
  }
  return { customerIds: [...customerIds], unusable };
}
