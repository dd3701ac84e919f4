import type { ExtractAsset } from '@ovis/orchestrator';
import { compileAllowlist } from '@ovis/pii-allowlist';
import { hierarchyNodeAllowlist } from '../allowlists/hierarchy-node.ts';
import type { PipelineResources } from '../resources.ts';
import type { CustomerDirectory } from './customer-directory.ts';
import { listingAsset } from './listing-asset.ts';
import { thermostatHierarchyTable } from './raw-tables.ts';

/** `raw.thermostat_hierarchy`: buildings, floors, rooms and thermostats of each customer at the time of the run. */
export function thermostatHierarchy(directory: CustomerDirectory): ExtractAsset<PipelineResources> {
  return listingAsset(
    {
      name: 'raw.thermostat_hierarchy',
      description: 'buildings, floors, rooms and thermostats of each customer, one row a node and run',
      listing: {
        table: thermostatHierarchyTable,
        projector: compileAllowlist(hierarchyNodeAllowlist),
        list: (client, shard, customerId, options) => client.listHierarchy(shard, customerId, options),
        keyColumns: (allowed) => ({ node_id: allowed.column('nodeId') }),
        isThermostat: (allowed) => allowed.column('kind') === 'thermostat',
      },
    },
    directory,
  );
}
