import type { AddressInfo } from 'node:net';
import type { Clock } from '@ovis/foundation';
import type { Catalog, ServiceEvent } from '@ovis/orchestrator';
import type { Pool } from 'pg';
import type { Health } from './api-context.ts';
import { assetGraph, type AssetGraph } from './asset-graph.ts';
import { PasswordChecker } from './auth/check-password.ts';
import { endedSessionsIn } from './auth/ended-sessions.ts';
import { Sessions } from './auth/sessions.ts';
import { buildApi } from './build-api.ts';
import { EventFeed } from './events/event-feed.ts';
import { createMetrics, type Metrics } from './metrics/metrics.ts';
import { readModels } from './read-models.ts';
import type { HttpSettings } from './settings.ts';

/** What the HTTP API is about. */
export interface HttpOptions {
  /** For the run log. */
  readonly pool: Pool;
  readonly catalog: Pick<Catalog<never>, 'assets' | 'jobs' | 'upstreamJobs'>;
  readonly timeZone: string;
  readonly clock: Clock;
  readonly settings: HttpSettings;
  /** Where the dbt project is that the models come from. */
  readonly resources: { readonly models: { readonly directory: string } };
  readonly health: () => Health;
  /** Made before, where other parts of the process count into them; otherwise new ones. */
  readonly metrics?: Metrics;
  /** What went wrong: for the log. @param where a route's pattern, or a part of the API. */
  readonly onError?: (error: unknown, where: string) => void;
}

/** The API while it listens. */
export interface HttpServer extends AsyncDisposable {
  /** With the port that was taken. */
  readonly url: string;
  /** For the service's `onEvent`. */
  readonly onEvent: (event: ServiceEvent) => void;
  /** Takes no new requests, ends event streams, and waits for answers that are under way. */
  close(): Promise<void>;
}

/** Listens until it is closed. @throws if the address cannot be used. */
export async function startHttp(options: HttpOptions): Promise<HttpServer> {
  const { pool, catalog, timeZone, clock, settings, resources, health } = options;
  const { metrics = createMetrics(), onError = () => undefined } = options;
  const stopping = new AbortController();
  const { users, sessionKey } = settings;
  const isOpen = users.length === 0;
  const app = await buildApi({
    settings,
    onUnexpected: onError,
    stopping: stopping.signal,
    context: {
      pool,
      catalog,
      timeZone,
      clock,
      metrics,
      health,
      feed: new EventFeed(pool, (error) => onError(error, 'events')),
      assetGraph: onceRead(async () => assetGraph(catalog, await readModels(resources.models.directory))),
      logins: isOpen
        ? null
        : {
            sessions: new Sessions(users, sessionKey, clock, endedSessionsIn(pool)),
            passwords: new PasswordChecker(users),
          },
    },
  });
  await app.listen({ host: settings.host, port: settings.port });
  const close = async (): Promise<void> => {
    stopping.abort();
    await app.close();
  };
  return { url: urlOf(app.server.address()), onEvent: metrics.onEvent, close, [Symbol.asyncDispose]: close };
}

/** Reads once; a failure is tried again with the next question. */
function onceRead(read: () => Promise<AssetGraph>): () => Promise<AssetGraph> {
  let reading: Promise<AssetGraph> | null = null;
  return () => {
    reading ??= read().catch((error: unknown) => {
      reading = null;
      throw error;
    });
    return reading;
  };
}

function urlOf(address: AddressInfo | string | null): string {
  if (address === null || typeof address === 'string') return String(address);
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `http://${host}:${String(address.port)}`;
}
