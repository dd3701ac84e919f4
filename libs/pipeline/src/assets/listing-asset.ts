import type { ExtractAsset, PlanContext, PlannedPortion } from '@ovis/orchestrator';
import type { PipelineResources } from '../resources.ts';
import type { CustomerDirectory } from './customer-directory.ts';
import { loadListing, type Listing } from './load-listing.ts';
import { SharedLoaders } from './shared-loaders.ts';

/** A raw table with one task a customer: the customer's listing on its shard. */
export function listingAsset<Row>(
  options: { readonly name: string; readonly description: string; readonly listing: Listing<Row> },
  directory: CustomerDirectory,
): ExtractAsset<PipelineResources> {
  const loaders = new SharedLoaders(options.listing.table);
  return {
    name: options.name,
    description: options.description,
    isSnapshot: true,
    isByCustomer: true,
    unavailable: ({ client }) => (client === null ? 'no shard is set: OVIS_SHARDS is empty' : null),
    scopes: ({ client }) => client?.shards ?? [],
    plan: (shard, context) => planCustomers(shard, context, directory),
    load: (context) => loadListing(context, options.listing, loaders.of(context.resources.pool, context.clock)),
  };
}

/** A task for each customer of a shard. */
export async function* planCustomers(
  shard: string,
  context: PlanContext<PipelineResources>,
  directory: CustomerDirectory,
): AsyncGenerator<PlannedPortion> {
  const { client } = context.resources;
  if (!client) return;
  const { customerIds, quarantined } = await directory.customersOf(client, shard, context);
  const tasks = customerIds.map((customerId) => ({ key: `${shard}/${customerId}`, shard, customerId }));
  yield { tasks, quarantined };
}
