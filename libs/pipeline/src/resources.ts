import type { BatteryDatabase } from '@ovis/battery-db';
import type { ObjectStore } from '@ovis/object-store';
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

/** The evaluation results and how they are read. */
export interface EvaluationSource {
  readonly store: ObjectStore;
  /** Share of a folder's lines, from 0 to 1, that may be refused before the folder is not published. */
  readonly refusedLimit: number;
}

/** What the assets of this platform need; an entry makes them, tests and development give others behind the same types. */
export interface PipelineResources {
  /** Null when no shard is set: its assets are skipped. */
  readonly client: OvisClient | null;
  /** Null when the battery database is not set. */
  readonly battery: BatterySource | null;
  /** Null when the object store is not set. */
  readonly evaluations: EvaluationSource | null;
  /** Days before the one of a run whose aggregates are asked for again, because devices report late. */
  readonly aggregateLateDays: number;
  /** The warehouse, for loading (role `ovis_loader`). */
  readonly pool: Pool;
  /** The dbt project and where it is built. */
  readonly models: ModelProject;
}
