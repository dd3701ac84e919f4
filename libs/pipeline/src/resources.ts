import type { OvisClient } from 'ovis-client';
import type { Pool } from 'pg';
import type { ModelProject } from './models/model-project.ts';

/** What the assets of this platform need; an entry makes them, tests and development give others behind the same types. */
export interface PipelineResources {
  /** Null when no shard is set: its assets are skipped. */
  readonly client: OvisClient | null;
  /** Days before the one of a run whose aggregates are asked for again, because devices report late. */
  readonly aggregateLateDays: number;
  /** The warehouse, for loading (role `ovis_loader`). */
  readonly pool: Pool;
  /** The dbt project and where it is built. */
  readonly models: ModelProject;
}
