import { Counter, Histogram, type Registry } from 'prom-client';

/** A request to the API that was answered. */
export interface AnsweredRequest {
  /** The route's pattern, never the path that was asked for. */
  readonly route: string;
  readonly method: string;
  readonly status: number;
  readonly seconds: number;
}

export function httpMetrics(registry: Registry): (answer: AnsweredRequest) => void {
  const registers = [registry];
  const requests = new Counter({
    name: 'ovis_http_requests_total',
    help: 'Requests to the HTTP API',
    labelNames: ['route', 'method', 'status'],
    registers,
  });
  const seconds = new Histogram({
    name: 'ovis_http_request_seconds',
    help: 'Time to answer a request to the HTTP API',
    labelNames: ['route'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10],
    registers,
  });
  return (answer) => {
    requests.inc({ route: answer.route, method: answer.method, status: String(answer.status) });
    seconds.observe({ route: answer.route }, answer.seconds);
  };
}
