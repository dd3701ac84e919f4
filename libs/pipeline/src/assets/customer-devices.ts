import { compileAllowlist, createDropReport } from '@ovis/pii-allowlist';
import type { TaskContext } from '@ovis/orchestrator';
import { hierarchyNodeAllowlist } from '../allowlists/hierarchy-node.ts';
import type { PipelineResources } from '../resources.ts';

const projector = compileAllowlist(hierarchyNodeAllowlist);

/** The newest hierarchy of the customer that was loaded in full by the logical time. A listing that broke off leaves its task open or failed. */
const LOADED_DEVICES = `
with newest as (
  select max(node.queried_at) as queried_at
  from raw.thermostat_hierarchy as node
  where node.customer_id = $1 and node.queried_at <= $2
    and not exists (
      select
      from ops.runs
      join ops.tasks using (run_id)
      where runs.scheduled_for = node.queried_at and tasks.asset = 'raw.thermostat_hierarchy'
        and tasks.customer_id = $1 and tasks.state <> 'succeeded'
    )
)
select node.payload ->> 'deviceId' as device_id
from raw.thermostat_hierarchy as node
join newest using (queried_at)
where node.customer_id = $1 and node.payload ->> 'kind' = 'thermostat' and node.payload ? 'deviceId'`;

/**
 * The ids of a task's customer's devices: from the newest hierarchy that is loaded, else listed live. Ids that no allowlist would let pass
 * are left out.
 *
 * @throws what the client throws.
 */
export async function devicesOf(context: TaskContext<PipelineResources>): Promise<readonly string[]> {
  const { customerId, shard } = context.task;
  const { client, pool } = context.resources;
  const loaded = await pool.query<{ device_id: string }>(LOADED_DEVICES, [customerId, context.scheduledFor]);
  if (loaded.rows.length > 0) return loaded.rows.map((row) => row.device_id);
  if (!client || shard === null || customerId === null) return [];
  const devices: string[] = [];
  const report = createDropReport();
  const events = {
    onRequest: () => {
      context.counters.requests += 1;
    },
  };
  for await (const page of client.listHierarchy(shard, customerId, { signal: context.signal, events })) {
    for (const item of page.items) {
      const projection = projector.project(item, report);
      const deviceId = projection.ok ? projection.row.column('deviceId') : null;
      if (deviceId !== null) devices.push(deviceId);
    }
  }
  return devices;
}
