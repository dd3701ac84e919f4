import { performance } from 'node:perf_hooks';
import { ModelRunnerError } from '../errors.ts';
import { compileInline } from './compile-project.ts';
import { relationValue } from '../compile/relation-value.ts';
import type { Project, SourceNode } from '../project/project.ts';
import { isRecord } from '../project/yaml-cursor.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { describeFailure } from './describe-failure.ts';

/** After how long rows count as late. */
export interface Threshold {
  readonly count: number;
  readonly period: 'minute' | 'hour' | 'day';
}

/** How fresh one source is. */
export interface SourceFreshness {
  readonly uniqueId: string;
  readonly name: string;
  readonly status: 'pass' | 'warn' | 'error' | 'runtime error';
  /** Newest moment of its rows; null where it has none, or could not be asked. */
  readonly maxLoadedAt: Date | null;
  readonly snapshottedAt: Date | null;
  readonly ageSeconds: number | null;
  readonly warnAfter: Threshold | null;
  readonly errorAfter: Threshold | null;
  readonly filter: string | null;
  readonly seconds: number;
  readonly message: string | null;
}

const SECONDS = { minute: 60, hour: 3600, day: 86_400 } as const;

/** The sources that say how fresh they have to be. */
export function sourcesWithFreshness(project: Project, ids: ReadonlySet<string>): readonly SourceNode[] {
  return [...project.sources.values()].filter(({ uniqueId, properties }) => {
    const { freshness, loadedAtField, loadedAtQuery } = properties;
    const hasThreshold =
      freshness !== null && (thresholdOf(freshness['warn_after']) ?? thresholdOf(freshness['error_after'])) !== null;
    return ids.has(uniqueId) && hasThreshold && (loadedAtField !== null || loadedAtQuery !== null);
  });
}

/** Asks the database how old the newest rows are. */
export async function freshnessOf(
  project: Project,
  source: SourceNode,
  warehouse: Warehouse,
  signal?: AbortSignal,
): Promise<SourceFreshness> {
  const freshness = source.properties.freshness ?? {};
  const [warnAfter, errorAfter] = [thresholdOf(freshness['warn_after']), thresholdOf(freshness['error_after'])];
  const filter = typeof freshness['filter'] === 'string' ? freshness['filter'] : null;
  const startedMs = performance.now();
  const facts = {
    uniqueId: source.uniqueId,
    name: `${source.sourceName}.${source.name}`,
    warnAfter,
    errorAfter,
    filter,
  };
  try {
    const text = freshnessQuery(source, filter);
    const sql = text.includes('{')
      ? await compileInline({ project, warehouse, sql: text, ...(signal ? { signal } : {}) })
      : text;
    const { rows } = await warehouse.withSession((session) => session.execute(sql), signal);
    const [loaded, now] = rows[0] ?? [];
    const snapshottedAt = new Date(Number(now) * 1000);
    const maxLoadedAt = loaded === null || loaded === undefined ? null : new Date(Number(loaded) * 1000);
    const ageSeconds = (snapshottedAt.getTime() - (maxLoadedAt?.getTime() ?? 0)) / 1000;
    const isOver = (threshold: Threshold | null): boolean =>
      threshold !== null && ageSeconds > threshold.count * SECONDS[threshold.period];
    const status = isOver(errorAfter) ? 'error' : isOver(warnAfter) ? 'warn' : 'pass';
    return {
      ...facts,
      status,
      maxLoadedAt,
      snapshottedAt,
      ageSeconds,
      seconds: (performance.now() - startedMs) / 1000,
      message: null,
    };
  } catch (error) {
    const message = describeFailure(error, null);
    const none = { maxLoadedAt: null, snapshottedAt: null, ageSeconds: null };
    return { ...facts, ...none, status: 'runtime error', seconds: (performance.now() - startedMs) / 1000, message };
  }
}

/** Moments without a zone count as UTC. */
function freshnessQuery({ properties, relation }: SourceNode, filter: string | null): string {
  const epoch = (expression: string): string => `extract(epoch from (${expression})::timestamptz)::float8`;
  if (properties.loadedAtQuery !== null) return `select ${epoch(properties.loadedAtQuery)}, ${epoch('now()')}`;
  if (properties.loadedAtField === null) throw new ModelRunnerError('the source names no loaded_at_field', 'terminal');
  const name = relationValue({
    name: { schema: relation.schema, identifier: relation.identifier },
    type: 'table',
  }).toText();
  const where = filter === null ? '' : `\nwhere ${filter}`;
  return `select ${epoch(`max(${properties.loadedAtField})`)}, ${epoch('now()')}\nfrom ${name}${where}`;
}

function thresholdOf(value: unknown): Threshold | null {
  if (!isRecord(value)) return null;
  const { count, period } = value;
  if (typeof count !== 'number' || (period !== 'minute' && period !== 'hour' && period !== 'day')) return null;
  return { count, period };
}
