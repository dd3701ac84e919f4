import type { Clock } from '@ovis/foundation';
import type { Catalog } from '@ovis/orchestrator';
import type { Pool } from 'pg';
import type { PasswordChecker } from './auth/check-password.ts';
import type { Sessions } from './auth/sessions.ts';
import type { EventFeed } from './events/event-feed.ts';
import type { AssetGraph } from './asset-graph.ts';
import type { Metrics } from './metrics/metrics.ts';

/** How the service is. */
export interface Health {
  /** Whether it does its work. */
  readonly ready: boolean;
  /** What keeps it from that. */
  readonly reasons: readonly string[];
}

/** What the routes work with. */
export interface ApiContext {
  readonly pool: Pool;
  /** Static facts of what can be run. */
  readonly catalog: Pick<Catalog<never>, 'assets' | 'jobs' | 'upstreamJobs'>;
  readonly timeZone: string;
  readonly clock: Clock;
  readonly feed: EventFeed;
  readonly metrics: Metrics;
  health(): Health;
  /** What depends on what; read once. */
  assetGraph(): Promise<AssetGraph>;
  /** Null where nobody has to log in. */
  readonly logins: { readonly sessions: Sessions; readonly passwords: PasswordChecker } | null;
}
