import type { ClientEvents } from 'ovis-client';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

const CIRCUIT = { closed: 0, half_open: 1, open: 2 } as const;

/** Counts requests to the sharded API by shard and class. */
export function requestMetrics(registry: Registry): ClientEvents {
  const registers = [registry];
  const requests = new Counter({
    name: 'ovis_source_requests_total',
    help: 'Requests to a shard that ended, by class: ok, or the class of the error',
    labelNames: ['shard', 'class'],
    registers,
  });
  const retries = new Counter({
    name: 'ovis_source_retries_total',
    help: 'Requests that are sent again, by the class of the error',
    labelNames: ['shard', 'class'],
    registers,
  });
  const bytes = new Counter({
    name: 'ovis_source_bytes_total',
    help: 'Decompressed bytes of the answers of a shard',
    labelNames: ['shard'],
    registers,
  });
  const seconds = new Histogram({
    name: 'ovis_source_request_seconds',
    help: 'Time from sending a request to a shard to the end of its answer',
    labelNames: ['shard'],
    buckets: [0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60],
    registers,
  });
  const circuit = new Gauge({
    name: 'ovis_source_circuit_state',
    help: 'Circuit of a shard: 0 closed, 1 probing, 2 open',
    labelNames: ['shard'],
    registers,
  });
  return {
    onResponse: ({ shard, status, durationMs, bytes: read }) => {
      // What a status other than 200 means is told by onFailure.
      if (status === 200) requests.inc({ shard, class: 'ok' });
      bytes.inc({ shard }, read);
      seconds.observe({ shard }, durationMs / 1000);
    },
    onFailure: ({ shard, errorClass }) => requests.inc({ shard, class: errorClass }),
    onRetry: ({ shard, errorClass }) => retries.inc({ shard, class: errorClass }),
    onCircuitChange: ({ shard, state }) => circuit.set({ shard }, CIRCUIT[state]),
  };
}
