import type { ModelBuilder, ModelResult } from '@ovis/orchestrator';
import { chosenNodes, runProject, type NodeResult, type Project, type ProjectNode } from '@ovis/sql-model-runner';
import type { PipelineResources } from '../resources.ts';
import { modelConnection, openModelProject } from './model-project.ts';

const STATUSES = {
  success: 'succeeded',
  pass: 'succeeded',
  warn: 'warned',
  error: 'failed',
  fail: 'failed',
  skipped: 'skipped',
} as const satisfies Record<NodeResult['status'], ModelResult['status']>;

const TESTS_AND_BUILDS = ['succeeded', 'warned', 'failed', 'skipped'];

/** Selects, as dbt does, what lies downstream of raw tables, and the seeds that the marts join. */
function selectionOf(downstreamOf: readonly string[]): readonly string[] {
  return [...downstreamOf.map((table) => `source:${table}+`), 'resource_type:seed'];
}

/** Builds this platform's dbt project with `sql-model-runner`. */
export const modelBuilder: ModelBuilder<PipelineResources> = {
  async list({ models }, downstreamOf) {
    const project = await openModelProject(models);
    const { ids } = chosenNodes({ project, verb: 'build', select: selectionOf(downstreamOf) });
    return describeNodes(project, (node) => ids.has(node.uniqueId));
  },

  async build({ resources, downstreamOf, signal, onResult }) {
    const { connect, database } = modelConnection(resources.models);
    const project = await openModelProject(resources.models, database);
    const { results } = await runProject({
      project,
      verb: 'build',
      select: selectionOf(downstreamOf),
      threads: resources.models.threads,
      connect,
      signal,
      onEvent: (event) => {
        if (event.kind === 'node-finished') onResult(resultOf(event.result));
      },
    });
    return results
      .map(resultOf)
      .toSorted((a, b) => TESTS_AND_BUILDS.indexOf(a.status) - TESTS_AND_BUILDS.indexOf(b.status));
  },
};

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
    .filter((node) => node.resourceType !== 'test' && isWanted(node))
    .map((node) => ({
      name: `${node.relation.schema}.${node.relation.identifier}`,
      kind: node.resourceType,
      description: node.description.split('\n')[0] ?? '',
    }));
}

function resultOf(result: NodeResult): ModelResult {
  const { relation, resourceType, status, rows, seconds } = result;
  const kind = resourceType === 'seed' || resourceType === 'test' ? resourceType : 'model';
  const name = relation === null || kind === 'test' ? result.name : `${relation.schema}.${relation.identifier}`;
  return {
    name,
    kind,
    status: STATUSES[status],
    rows: kind === 'test' ? null : rows,
    seconds,
    message: failing(result),
  };
}

function failing(result: NodeResult): string | null {
  return result.status === 'success' || result.status === 'pass' ? null : result.message;
}
