import type { ExtractAsset, StepContext, TaskDefinition } from '@ovis/orchestrator';
import type { PipelineResources } from '../resources.ts';
import type { CustomerDirectory } from './customer-directory.ts';
import { loadListing, type Listing } from './load-listing.ts';

/** A raw table with one task a customer: the customer's listing on its shard. */
export function listingAsset<Row>(
  options: { readonly name: string; readonly description: string; readonly listing: Listing<Row> },
  directory: CustomerDirectory,
): ExtractAsset<PipelineResources> {
  return {
    name: options.name,
    description: options.description,
    isSnapshot: true,
    unavailable: ({ client }) => (client === null ? 'no shard is set: OVIS_SHARDS is empty' : null),
    scopes: ({ client }) => client?.shards ?? [],
    plan: (shard, context) => planCustomers(shard, context, directory),
    load: (context) => loadListing(context, options.listing),
  };
}

async function* planCustomers(
  shard: string,
  context: StepContext<PipelineResources>,
  directory: CustomerDirectory,
): AsyncGenerator<readonly TaskDefinition[]> {
  const { client } = context.resources;
  if (!client) return;
  const { customerIds } = await directory.customersOf(client, shard, context);
  yield customerIds.map((customerId) => ({ key: `${shard}/${customerId}`, shard, customerId }));
}
