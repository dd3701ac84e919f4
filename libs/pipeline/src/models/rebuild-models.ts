import type { DayRange, ModelResult } from '@ovis/orchestrator';
import { chosenNodes, materializationOf, type Project, type ProjectNode } from '@ovis/sql-model-runner';
import type { PipelineResources } from '../resources.ts';
import { buildSelection } from './model-builder.ts';
import { openModelProject } from './model-project.ts';

/**
 * How a model is built again over a range of days. `days`: it finds touched days itself, and those of the range are touched; `batches`:
 * its microbatches of the range; `whole`: a table, which is always built whole; `full_refresh`: an incremental model that knows no days, so
 * all of it; `view`: nothing is stored.
 */
export type RebuildWay = 'days' | 'batches' | 'whole' | 'full_refresh' | 'view';

/** What is built again. */
export interface RebuildPlan {
  readonly range: DayRange;
  /** In the order of the project's files. */
  readonly models: readonly { readonly name: string; readonly way: RebuildWay }[];
  /** Raw tables whose days of the range are touched, with how many of these days they hold. */
  readonly touches: readonly { readonly table: string; readonly days: number }[];
  /** dbt's selectors. */
  readonly select: readonly string[];
}

/** Where building begins: models downstream of raw tables, or one model with what it is built from and what reads it. */
export type RebuildRoots = { readonly downstreamOf: readonly string[] } | { readonly model: string };

/** A model that reads it finds the days that were touched, see docs/decisions/0003. */
const TOUCHED_DAYS = 'ops.touched_days';

/**
 * Finds a model by name.
 *
 * @param name `marts.x`, or `x` alone.
 * @returns null for a name that no model bears; and the names of all.
 */
export async function findModel(
  directory: string,
  name: string,
): Promise<{ readonly model: string | null; readonly known: readonly string[] }> {
  const project = await openModelProject({ directory, threads: 1 });
  const models = modelsOf(project);
  const model = models.find((node) => node.name === name || relationOf(node) === name);
  return { model: model ? relationOf(model) : null, known: models.map(relationOf) };
}

/** Says how models would be built again over a range; changes nothing. */
export async function planRebuild(
  { models, pool }: Pick<PipelineResources, 'models' | 'pool'>,
  roots: RebuildRoots,
  range: DayRange,
): Promise<RebuildPlan> {
  const project = await openModelProject(models);
  const select = selectionOf(project, roots);
  const { ids } = chosenNodes({ project, verb: 'build', select });
  const chosen = modelsOf(project).filter(({ uniqueId }) => ids.has(uniqueId));
  const tables = rawTablesAbove(
    project,
    chosen.filter((node) => wayOf(project, node) === 'days'),
  );
  const { rows } = await pool.query<{ table: string; days: number }>(
    `select table_name as table, count(distinct day)::integer as days from ops.touched_days
     where table_name = any ($1) and day >= $2 and day < $3 group by 1 order by 1`,
    [tables, range.from, range.to],
  );
  return {
    range,
    models: chosen.map((node) => ({ name: relationOf(node), way: wayOf(project, node) })),
    touches: rows,
    select,
  };
}

/**
 * Builds models again over a range of days from what raw tables hold: touches these days, so that models which find touched days build them
 * anew, as they do when rows come late. Can be repeated.
 */
export async function rebuildModels(
  { models, pool }: Pick<PipelineResources, 'models' | 'pool'>,
  plan: RebuildPlan,
  options: { readonly signal: AbortSignal; readonly onResult: (result: ModelResult) => void },
): Promise<readonly ModelResult[]> {
  const { range } = plan;
  await pool.query(
    `insert into ops.touched_days (table_name, day, touches)
     select distinct table_name, day, 1 from ops.touched_days where table_name = any ($1) and day >= $2 and day < $3`,
    [plan.touches.map(({ table }) => table), range.from, range.to],
  );
  return buildSelection({
    models,
    ...options,
    selectionOf: () => plan.select,
    fullRefreshOf: plan.models.flatMap(({ name, way }) => (way === 'full_refresh' ? [name] : [])),
    eventTime: { start: new Date(range.from), end: new Date(range.to) },
  });
}

function selectionOf(project: Project, roots: RebuildRoots): readonly string[] {
  if ('downstreamOf' in roots) return roots.downstreamOf.map((table) => `source:${table}+`);
  const node = modelsOf(project).find((candidate) => relationOf(candidate) === roots.model);
  return node ? [`+fqn:${node.fqn.join('.')}+`] : [];
}

function modelsOf(project: Project): readonly ProjectNode[] {
  return [...project.nodes.values()].filter(
    (node) => node.resourceType === 'model' && materializationOf(node) !== 'ephemeral',
  );
}

function relationOf({ relation }: ProjectNode): string {
  return `${relation.schema}.${relation.identifier}`;
}

/** Pure: how a model is built again. */
export function wayOf(project: Project, node: ProjectNode): RebuildWay {
  const materialized = materializationOf(node);
  if (materialized === 'view') return 'view';
  if (materialized !== 'incremental') return 'whole';
  if (node.config['incremental_strategy'] === 'microbatch') return 'batches';
  const findsDays = node.dependsOn.some((id) => {
    const source = project.sources.get(id);
    return source !== undefined && `${source.relation.schema}.${source.relation.identifier}` === TOUCHED_DAYS;
  });
  return findsDays ? 'days' : 'full_refresh';
}

/** The raw tables that some models are built from, through whatever models. */
function rawTablesAbove(project: Project, nodes: readonly ProjectNode[]): readonly string[] {
  const tables = new Set<string>();
  const seen = new Set<string>();
  const open = nodes.flatMap(({ dependsOn }) => dependsOn);
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    const source = project.sources.get(id);
    if (source?.relation.schema === 'raw') tables.add(`raw.${source.relation.identifier}`);
    open.push(...(project.nodes.get(id)?.dependsOn ?? []));
  }
  return [...tables].toSorted();
}
