// Serves an object store with one folder of one compressed part: a day's evaluation of each device of a simulated fleet. Computed before anything
// is measured. Argument: devices. Prints the settings that lead to it as one line of JSON.
import { gunzipSync, gzipSync } from 'node:zlib';
import { objectServerSettings } from '@ovis/dev-stack';
import { createEvaluationObjects, startSimulator } from '@ovis/fleet-simulator';
import { MemoryObjects, startObjectServer } from '@ovis/object-server';

const DAY_MS = 86_400_000;
const now = new Date();
const simulator = await startSimulator({ devices: Number(process.argv[2]), now: now.toISOString() });
const folder = `voltage-knee/${new Date(now.getTime() - DAY_MS).toISOString().slice(0, 10)}/`;

const simulated = createEvaluationObjects(simulator.fleet, { historyDays: 2, now: () => now });
const lines: Buffer[] = [];
for (const { key } of simulated.list(folder, '')) {
  const object = key.endsWith('.gz') || key.endsWith('.jsonl') ? simulated.open(key) : null;
  if (object === null) continue;
  const content = Buffer.concat([...object.read(0, object.size)]);
  lines.push(key.endsWith('.gz') ? gunzipSync(content) : content);
}
await simulator[Symbol.asyncDispose]();
const part = gzipSync(Buffer.concat(lines));
const objects = new MemoryObjects({ [`${folder}part-00000.jsonl.gz`]: part, [`${folder}_SUCCESS`]: '' });
const server = await startObjectServer({ buckets: { 'battery-eval-results': objects } });
process.stdout.write(`${JSON.stringify(objectServerSettings(server))}\n`);
