import type { ModelBuilder, ModelResult } from '@ovis/orchestrator';
import {
  chosenNodes,
  findResetRelations,
  runProject,
  type NodeResult,
  type Project,
  type ProjectNode,
} from '@ovis/sql-model-runner';
import type { PipelineResources } from '../resources.ts';
import { missingParents } from './missing-parents.ts';
import { modelConnection, openModelProject, type ModelProject } from './model-project.ts';

const STATUSES = {
  success: 'succeeded',
  pass: 'succeeded',
  warn: 'warned',
  error: 'failed',
  fail: 'failed',
  skipped: 'skipped',
  'partial success': 'failed',
  'no-op': 'succeeded',
} as const satisfies Record<NodeResult['status'], ModelResult['status']>;

/** Selects, as dbt does, what lies downstream of raw tables, and the seeds that these models join; nothing where there is no such model. */
function selectionOf(project: Project, downstreamOf: readonly string[]): readonly string[] {
  const select = downstreamOf.map((table) => `source:${table}+`);
  const { ids } = chosenNodes({ project, verb: 'build', select });
  const joined = new Set([...ids].flatMap((id) => project.nodes.get(id)?.dependsOn ?? []));
  const seeds = [...project.nodes.values()].filter((node) => node.resourceType === 'seed' && joined.has(node.uniqueId));
  return [...select, ...seeds.map(({ name }) => name)];
}

/** Builds this platform's dbt project with `sql-model-runner`. */
export const modelBuilder: ModelBuilder<PipelineResources> = {
  async stale({ models }, downstreamOf) {
    const { connect, database } = modelConnection(models);
    const project = await openModelProject(models, database);
    const { ids } = chosenNodes({ project, verb: 'build', select: selectionOf(project, downstreamOf) });
    const reset = await findResetRelations({ project, connect });
    return reset
      .filter(({ uniqueId }) => ids.has(uniqueId))
      .map(({ relation }) => `${relation.schema}.${relation.identifier}`);
  },

  async list({ models }, downstreamOf) {
    const project = await openModelProject(models);
    const { ids } = chosenNodes({ project, verb: 'build', select: selectionOf(project, downstreamOf) });
    return describeNodes(project, (node) => ids.has(node.uniqueId));
  },

  build: ({ resources, ...options }) => buildModels({ models: resources.models, ...options }),
};

/** What building needs. */
export interface BuildOptions {
  readonly models: ModelProject;
  /** Names of raw tables: what lies downstream of them is built, with its tests. */
  readonly downstreamOf: readonly string[];
  /** Whether incremental models forget what they have. Default: false. */
  readonly fullRefresh?: boolean;
  readonly signal?: AbortSignal;
  readonly onResult?: (result: ModelResult) => void;
}

/** Builds the models downstream of raw tables, and what they join that is not there yet. */
export async function buildModels({ downstreamOf, ...options }: BuildOptions): Promise<readonly ModelResult[]> {
  return buildSelection({ ...options, selectionOf: (project) => selectionOf(project, downstreamOf) });
}

/** What building a selection needs. */
export interface BuildSelectionOptions extends Omit<BuildOptions, 'downstreamOf'> {
  /** dbt's selectors. */
  readonly selectionOf: (project: Project) => readonly string[];
  /** Models (schema and name) that forget what they have. Default: as `fullRefresh` says. */
  readonly fullRefreshOf?: readonly string[];
  /** Half-open: of microbatch models the batches that are built. Default: as their configuration says. */
  readonly eventTime?: { readonly start: Date; readonly end: Date };
}

/** Builds what some selectors choose, and what it joins that is not there yet. */
export async function buildSelection(options: BuildSelectionOptions): Promise<readonly ModelResult[]> {
  const { models, fullRefresh = false, fullRefreshOf = [], eventTime, signal, onResult = () => undefined } = options;
  const { connect, database } = modelConnection(models);
  const project = withFullRefresh(await openModelProject(models, database, fullRefresh), fullRefreshOf);
  const warnings = new Map<string, readonly string[]>();
  const select = options.selectionOf(project);
  const { ids } = chosenNodes({ project, verb: 'build', select });
  const missing = await missingParents(project, ids, connect, signal);
  const { results } = await runProject({
    project,
    verb: 'build',
    select: [...select, ...missing.map(({ fqn }) => `fqn:${fqn.join('.')}`)],
    // A test that also reads a model which is not built here is left out with it.
    indirectSelection: 'buildable',
    // They try the models' logic on rows of their own: a matter of changes to models, not of data.
    excludeResourceTypes: ['unit_test'],
    threads: models.threads,
    fullRefresh,
    connect,
    ...(eventTime ? { flags: { eventTimeStart: eventTime.start, eventTimeEnd: eventTime.end } } : {}),
    ...(signal ? { signal } : {}),
    onEvent: (event) => {
      if (event.kind === 'warning' && event.uniqueId !== null) noteWarning(warnings, event.uniqueId, event.message);
      if (event.kind === 'node-finished' && event.result.resourceType !== 'exposure')
        onResult(resultOf(project, event.result, warnings));
    },
  });
  return results
    .filter(({ resourceType }) => resourceType !== 'exposure')
    .map((result) => resultOf(project, result, warnings));
}

/** The project as if `full_refresh` were set on some of its models. */
function withFullRefresh(project: Project, names: readonly string[]): Project {
  if (names.length === 0) return project;
  const nodes = [...project.nodes].map(([id, node]) => {
    const isNamed = names.includes(`${node.relation.schema}.${node.relation.identifier}`);
    const changed = isNamed ? { ...node, config: { ...node.config, full_refresh: true } } : node;
    return [id, changed] as const;
  });
  return { ...project, nodes: new Map(nodes) };
}

/** The models and seeds of a dbt project, for people; needs no database. @throws its parse errors. */
export async function listModels(
  directory: string,
): Promise<readonly { readonly name: string; readonly kind: string; readonly description: string }[]> {
  const project = await openModelProject({ directory, threads: 1 });
  return describeNodes(project, () => true);
}

function describeNodes(
  project: Project,
  isWanted: (node: ProjectNode) => boolean,
): readonly { readonly name: string; readonly kind: string; readonly description: string }[] {
  return [...project.nodes.values()]
    .filter((node) => node.resourceType !== 'test' && node.resourceType !== 'unit_test' && isWanted(node))
    .map((node) => ({
      name: `${node.relation.schema}.${node.relation.identifier}`,
      kind: node.resourceType,
      description: /^.*?[.](?=\s|$)/s.exec(node.description)?.[0] ?? node.description,
    }));
}

/** What the runner has to say of a node that it builds all the same: a view that was dropped, a table that a crash had emptied. */
function noteWarning(warnings: Map<string, readonly string[]>, uniqueId: string, message: string): void {
  warnings.set(uniqueId, [...(warnings.get(uniqueId) ?? []), message]);
}

function resultOf(project: Project, result: NodeResult, warnings: ReadonlyMap<string, readonly string[]>): ModelResult {
  const { resourceType, status: ended, rows, seconds } = result;
  const said = warnings.get(result.uniqueId) ?? [];
  const kind = resourceType === 'seed' || resourceType === 'test' ? resourceType : 'model';
  const node = project.nodes.get(result.uniqueId);
  const name = node && kind !== 'test' ? `${node.relation.schema}.${node.relation.identifier}` : result.name;
  const message = messageOf(result, node?.originalFilePath);
  const messages = [...(message === null ? [] : [message]), ...said];
  const status = STATUSES[ended] === 'succeeded' && said.length > 0 ? 'warned' : STATUSES[ended];
  return {
    name,
    kind,
    status,
    rows: kind === 'test' ? null : rows,
    seconds,
    message: messages.length === 0 ? null : messages.join('\n'),
  };
}

/** What went wrong, led by the file that a person has to open. */
function messageOf({ status, message }: NodeResult, file: string | undefined): string | null {
  if (status === 'success' || status === 'pass' || message === null) return null;
  return status === 'skipped' || file === undefined || message.includes(file) ? message : `${file}: ${message}`;
}
