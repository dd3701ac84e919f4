import type { BatteryDatabase } from '@ovis/battery-db';
import type { OvisClient } from 'ovis-client';
import type { Pool } from 'pg';
import type { ModelProject } from './models/model-project.ts';

/** The battery database and how it is read. */
export interface BatterySource {
  readonly database: BatteryDatabase;
  /** Time that ranges overlap by: a transaction there that commits within it after its rows were recorded is never missed. */
  readonly overlapMs: number;
  /** Days whose rows are counted at each run, to find what came later still. */
  readonly recountDays: number;
}

/** What the assets of this platform need; an entry makes them, tests and development give others behind the same types. */
export interface PipelineResources {
  /** Null when no shard is set: its assets are skipped. */
  readonly client: OvisClient | null;
  /** Null when the battery database is not set. */
  readonly battery: BatterySource | null;
  /** Days before the one of a run whose aggregates are asked for again, because devices report late. */
  readonly aggregateLateDays: number;
  /** The warehouse, for loading (role `ovis_loader`). */
  readonly pool: Pool;
  /** The dbt project and where it is built. */
  readonly models: ModelProject;
}
