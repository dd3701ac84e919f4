import type { Clock } from '@ovis/foundation';
import { commitProgress, type Catalog, type ExtractAsset, type TaskDefinition } from '@ovis/orchestrator';
import { createCatalog, type PipelineResources } from '@ovis/pipeline';
import type { Pool } from 'pg';
import { isAway, type Outages } from './outages.ts';
import { TABLES } from './reference.ts';

/** Where each task that came to its end left a mark, in the transaction that ended it. */
export const EFFECTS = `
create schema simulation;
create table simulation.effects (asset text, scheduled_for timestamptz, task_key text);
grant usage on schema simulation to ovis_loader;
grant insert, select on simulation.effects to ovis_loader;`;

const SHARDS = ['shard-1', 'shard-2', 'shard-3', 'shard-4', 'shard-5'];
/** The one that is away when `shard` is: a fifth of the fleet, more than a step bears. */
const FRAIL_SHARD = 'shard-3';

/** A source does not answer. */
class SourceAwayError extends Error {
  override readonly name = 'SourceAwayError';
  readonly retryability = 'transient';
  readonly errorClass = 'source_away';
}

/**
 * The platform's jobs and raw tables, asked for nothing: tasks as many as customers, each of which ends at once, or fails while its source is
 * away.
 */
export function simulatedCatalog(options: {
  readonly customers: number;
  readonly outages: Outages;
  readonly clock: Clock;
  readonly pool: Pool;
}): Catalog<null> {
  const { assets, jobs } = createCatalog();
  const models = {
    list: () => Promise.resolve([]),
    stale: () => Promise.resolve([]),
    build: () => Promise.resolve([]),
  };
  return { assets: assets.map((asset) => simulatedAsset(asset, options)), jobs, models };
}

function simulatedAsset(
  { name, description, isSnapshot, catchesUp }: ExtractAsset<PipelineResources>,
  { customers, outages, clock, pool }: Parameters<typeof simulatedCatalog>[0],
): ExtractAsset<null> {
  const source = TABLES.find((table) => table.name === name)?.source ?? 'shard';
  const isAwayNow = (scope: string): boolean =>
    (source !== 'shard' || scope === FRAIL_SHARD) && isAway(outages, source, clock.now());
  return {
    name,
    description,
    isSnapshot,
    catchesUp: catchesUp ?? false,
    unavailable: () => null,
    scopes: () => (source === 'shard' ? SHARDS : [source]),
    async *plan(scope) {
      yield { tasks: tasksOf(scope, source === 'shard' ? customers / SHARDS.length : 1) };
    },
    async load(context) {
      const { key, shard } = context.task;
      if (isAwayNow(shard ?? '')) throw new SourceAwayError('the source does not answer');
      const progress = { cursor: null, isLast: true, table: name, touchedDays: [], quarantined: [] };
      const client = await pool.connect();
      try {
        await client.query('begin');
        await client.query('insert into simulation.effects values ($1, $2, $3)', [name, context.scheduledFor, key]);
        await commitProgress(client, [context.progress(progress)]);
        await client.query('commit');
      } catch (error) {
        await client.query('rollback');
        throw error;
      } finally {
        client.release();
      }
    },
  };
}

function tasksOf(scope: string, count: number): readonly TaskDefinition[] {
  return Array.from({ length: Math.max(1, Math.round(count)) }, (_, index) => ({
    key: `${scope}/c-${String(index).padStart(6, '0')}`,
    shard: scope,
    customerId: null,
  }));
}
