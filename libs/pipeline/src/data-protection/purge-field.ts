import { UsageError, type ModelResult } from '@ovis/orchestrator';
import type { RawTable } from '@ovis/raw-loader';
import type { Pool } from 'pg';
import { buildModels } from '../models/model-builder.ts';
import type { ModelProject } from '../models/model-project.ts';
import { changeByRanges, dayExpression, rangeResult, type TableResult } from './block-ranges.ts';
import { nameOf, storedEntities, type StoredEntity } from './stored-entities.ts';

/** A field of an entity that is to be gone from what is stored. */
export interface PurgeTarget {
  readonly entity: StoredEntity;
  /** Names joined by dots. */
  readonly path: string;
}

/** What was removed, and what was built anew. */
export interface RemovalReport {
  readonly tables: readonly TableResult[];
  readonly models: readonly ModelResult[];
}

/** What removing needs. */
export interface RemovalOptions {
  /** Role `ovis_loader`. */
  readonly pool: Pool;
  readonly models: ModelProject;
  readonly signal?: AbortSignal;
  /** Told of each table when it is done. */
  readonly onTable?: (result: TableResult) => void;
  /** Blocks that one transaction covers. Default: 2000, which is 16 MiB. */
  readonly blocks?: number;
}

/**
 * Reads `DeviceState.configuration.childLock`.
 *
 * @throws UsageError for an entity that is not stored, a path of another form, and a field that may still be stored: it would come back with the next run.
 */
export function parsePurgeTarget(text: string, entities: readonly StoredEntity[] = storedEntities): PurgeTarget {
  const stored = entities.filter(({ tables }) => tables.length > 0);
  const entity = stored.find(({ definition }) => text.startsWith(`${definition.entity}.`));
  if (!entity) {
    throw new UsageError(
      `"${text}" names no stored entity; expected <Entity.path>, the entity one of ${stored.map(({ definition }) => definition.entity).join(', ')}`,
    );
  }
  const { definition } = entity;
  const path = text.slice(definition.entity.length + 1);
  if (!path.split('.').every((name) => /^[A-Za-z_][A-Za-z0-9_-]{0,62}$/.test(name))) {
    throw new UsageError(`"${text}" is no path of names joined by dots`);
  }
  const allowed = Object.keys(definition.fields).filter(
    (field) => field === path || field.startsWith(`${path}.`) || path.startsWith(`${field}.`),
  );
  if (allowed.length > 0) {
    throw new UsageError(
      `the allowlist of ${definition.entity} still lets ${allowed.join(', ')} pass, so what is purged would come back with the next run; ` +
        'take it out of the allowlist, roll that version out, and purge then',
    );
  }
  return { entity, path };
}

/**
 * Removes a field from the payloads of its entity's tables, marks the days as touched, and builds the models downstream. Interrupted, it goes on where
 * it stands when it is called again.
 *
 * @throws RawLoaderError if the database refuses.
 */
export async function purgeField(target: PurgeTarget, options: RemovalOptions): Promise<RemovalReport> {
  const { entity, path } = target;
  const { pool, models, signal, onTable = () => undefined, blocks } = options;
  const names = path.split('.');
  const tables: TableResult[] = [];
  for (const [place, table] of entity.tables.entries()) {
    const result = await changeByRanges({
      pool,
      table,
      doing: `purging ${entity.definition.entity}.${path}`,
      signal,
      blocks,
      change: async (tx, leaf, range) => {
        const statement = purgeStatement(table, { leaf, range, depth: names.length, isTouched: place === 0 });
        const { rows } = await tx.query(statement, [names, nameOf(table)]);
        return rangeResult(rows);
      },
    });
    tables.push(result);
    onTable(result);
  }
  signal?.throwIfAborted();
  const downstreamOf = entity.tables.slice(0, 1).map(nameOf);
  const built = await buildModels({ models, downstreamOf, ...(signal ? { signal } : {}) });
  signal?.throwIfAborted();
  return { tables, models: built };
}

/**
 * Removes the field, and the objects around it that have nothing else: a projection leaves those out too. `loaded_at` stays: nothing was
 * loaded, and freshness is told by it. Parameters: $1 the path's names, $2 the table's name.
 */
function purgeStatement(
  table: RawTable,
  {
    leaf,
    range,
    depth,
    isTouched,
  }: { readonly leaf: string; readonly range: string; readonly depth: number; readonly isTouched: boolean },
): string {
  const parents = Array.from({ length: depth - 1 }, (_, index) => depth - 1 - index);
  const steps = parents.map((length, index) => {
    const before = `step_${String(index)}.payload`;
    const parent = `($1::text[])[1:${String(length)}]`;
    return `cross join lateral (
        select case when ${before} #> ${parent} = '{}' then ${before} #- ${parent} else ${before} end as payload
      ) as step_${String(index + 1)}`;
  });
  const touched = `, touched as (
    insert into ops.touched_days (table_name, day) select distinct $2, day from purged
  )`;
  return `with purged as (
    update ${leaf} as stored
    set payload = (
      select step_${String(parents.length)}.payload from (select stored.payload #- $1::text[] as payload) as step_0
      ${steps.join('\n')}
    )
    where ${range} and stored.payload #> $1::text[] is not null
    returning ${dayExpression(table)} as day
  )${isTouched ? touched : ''}
  select count(*)::int as rows, coalesce(array_agg(distinct day::text), '{}') as days from purged
  ${isTouched ? '' : 'where $2::text is not null'}`;
}
