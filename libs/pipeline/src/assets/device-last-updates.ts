import type { ExtractAsset } from '@ovis/orchestrator';
import { compileAllowlist } from '@ovis/pii-allowlist';
import { deviceStateAllowlist } from '../allowlists/device-state.ts';
import type { PipelineResources } from '../resources.ts';
import type { CustomerDirectory } from './customer-directory.ts';
import { listingAsset } from './listing-asset.ts';
import { deviceLastUpdatesTable } from './raw-tables.ts';

/** `raw.device_last_updates`: what the backend holds of each device at the time of the run. */
export function deviceLastUpdates(directory: CustomerDirectory): ExtractAsset<PipelineResources> {
  return listingAsset(
    {
      name: 'raw.device_last_updates',
      description: 'the last update that the backend holds of each device, one row a device and run',
      listing: {
        table: deviceLastUpdatesTable,
        projector: compileAllowlist(deviceStateAllowlist),
        list: (client, shard, customerId, options) => client.listDeviceStates(shard, customerId, options),
        keyColumns: (allowed) => ({ device_id: allowed.column('deviceId') }),
        isThermostat: () => true,
      },
    },
    directory,
  );
}
