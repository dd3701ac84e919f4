// A simulated fleet whose shards refuse every customer-level call. Argument: devices. Prints OVIS_SHARDS, then device ids as JSON.
import { startSimulator } from '@ovis/fleet-simulator';

const now = new Date();
const simulator = await startSimulator({
  devices: Number(process.argv[2]),
  shards: 5,
  now,
  profile: 'tidy',
  rates: { aggregateRefusals: 1 },
});
const devices = Object.groupBy(simulator.truth.devices(now), ({ shard }) => shard);
const ids = Object.fromEntries(
  Object.entries(devices).map(([shard, all]) => [shard, all?.map(({ deviceId }) => deviceId)]),
);
process.stdout.write(
  `OVIS_SHARDS=${simulator.shards.map(({ baseUrl }) => baseUrl).join(',')}\n${JSON.stringify(ids)}\n`,
);
