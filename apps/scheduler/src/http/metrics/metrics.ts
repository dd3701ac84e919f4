import type { ServiceEvent } from '@ovis/orchestrator';
import type { ClientEvents } from 'ovis-client';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { requestMetrics } from './request-metrics.ts';
import { runLogMetrics, type RunLogSource } from './run-log-metrics.ts';
import { serviceMetrics } from './service-metrics.ts';
import { httpMetrics, type AnsweredRequest } from './http-metrics.ts';

/** What this process counts, and what the run log says when it is asked. */
export interface Metrics {
  /** For the service's `onEvent`. */
  readonly onEvent: (event: ServiceEvent) => void;
  /** For the client of the sharded API. */
  readonly clientEvents: ClientEvents;
  readonly onAnswer: (answer: AnsweredRequest) => void;
  readonly contentType: string;
  /** All of it as Prometheus reads it. @param source null leaves out what the run log says. */
  readonly render: (source: RunLogSource | null) => Promise<string>;
}

/** Makes the metrics of a process; what they are called stands in docs/http-api.md. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'ovis_' });
  const readRunLog = runLogMetrics(registry);
  return {
    onEvent: serviceMetrics(registry),
    clientEvents: requestMetrics(registry),
    onAnswer: httpMetrics(registry),
    contentType: registry.contentType,
    async render(source) {
      await readRunLog(source);
      return registry.metrics();
    },
  };
}
