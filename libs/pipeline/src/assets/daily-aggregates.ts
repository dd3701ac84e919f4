import type { ExtractAsset } from '@ovis/orchestrator';
import type { PipelineResources } from '../resources.ts';
import type { CustomerDirectory } from './customer-directory.ts';
import { planCustomers } from './listing-asset.ts';
import { loadDailyAggregates } from './load-daily-aggregates.ts';
import { dailyAggregatesTable } from './raw-tables.ts';
import { SharedLoaders } from './shared-loaders.ts';

/** `raw.daily_aggregates`: five metrics of the UTC day before the run, and of the days before that, for which devices may have reported late; in a backfill of that day alone. */
export function dailyAggregates(directory: CustomerDirectory): ExtractAsset<PipelineResources> {
  const loaders = new SharedLoaders(dailyAggregatesTable);
  return {
    name: 'raw.daily_aggregates',
    description: 'five metrics of each device aggregated over a UTC day, one row a device, metric and day',
    isSnapshot: false,
    isByCustomer: true,
    ownPeriodShare: ({ aggregateLateDays }) => 1 / (1 + aggregateLateDays),
    unavailable: ({ client }) => (client === null ? 'no shard is set: OVIS_SHARDS is empty' : null),
    scopes: ({ client }) => client?.shards ?? [],
    plan: (shard, context) => planCustomers(shard, context, directory),
    load: (context) => loadDailyAggregates(context, loaders.of(context.resources.pool, context.clock)),
  };
}
