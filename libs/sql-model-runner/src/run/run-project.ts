import type { InvocationFlags } from '../compile/base-context.ts';
import type { Batch } from '../compile/run-context.ts';
import type { TargetWriter } from '../files/write-target.ts';
import { selectionRequest, type SelectionOptions } from '../graph/selection-request.ts';
import { selectNodes } from '../graph/select.ts';
import {
  materializationOf,
  type NodeType,
  type Project,
  type ProjectNode,
  type RelationName,
} from '../project/project.ts';
import type { Connect } from '../warehouse/warehouse.ts';
import { ProjectRun } from './project-run.ts';
import type { RunEvent, RunResult } from './result.ts';

export type Verb = 'build' | 'run' | 'test' | 'seed' | 'snapshot';

/** What `runProject` takes. */
export interface RunOptions extends SelectionOptions {
  readonly project: Project;
  readonly verb: Verb;
  /** Opens the database; see `connectPostgres`. */
  readonly connect: Connect;
  /** Build incremental models and seeds anew. Default: false. */
  readonly fullRefresh?: boolean;
  /** Kinds of nodes that run, of those that the verb runs. Default: all of them. */
  readonly resourceTypes?: readonly string[];
  readonly excludeResourceTypes?: readonly string[];
  /** `--store-failures`, `--empty`, `--fail-fast`, `--event-time-start` and `-end`. */
  readonly flags?: InvocationFlags;
  /** Whether a warning of a test counts as a failure. Default: false. */
  readonly warnError?: boolean;
  /** Nodes that may stand in for those that are not built here, by unique id. Default: none. */
  readonly deferTo?: ReadonlyMap<string, RelationName>;
  /** Read those even where the node's own relation exists. Default: false. */
  readonly favorState?: boolean;
  /** Of microbatch models: the batches to build instead of those that the configuration gives. */
  readonly batches?: ReadonlyMap<string, readonly Batch[]>;
  /** Nodes that run at the same time. Default: the target's. */
  readonly threads?: number;
  /** Seconds that a node took before: what takes long starts early. */
  readonly secondsBefore?: ReadonlyMap<string, number>;
  /** Ends the run: running queries are cancelled on the server, nothing more starts. */
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: RunEvent) => void;
  /** Where rendered SQL is written; nowhere when unset. */
  readonly writer?: TargetWriter;
  /** Default: a new one. */
  readonly invocationId?: string;
  /** The wall clock. Default: the system's. */
  readonly now?: () => Date;
}

const VERB_TYPES: Readonly<Record<Verb, readonly NodeType[]>> = {
  build: ['model', 'seed', 'snapshot', 'test', 'unit_test'],
  run: ['model'],
  test: ['test', 'unit_test'],
  seed: ['seed'],
  snapshot: ['snapshot'],
};

/**
 * Runs a project. A node that fails is a result, not an exception: what depends on it is skipped and the rest goes on.
 *
 * @throws SelectionError; DatabaseError when the database cannot be reached or prepared.
 */
export async function runProject(options: RunOptions): Promise<RunResult> {
  const run = new ProjectRun(options, chosenNodes(options));
  const warehouse = await options.connect({ sessions: run.threads });
  try {
    return await run.execute(warehouse);
  } finally {
    await warehouse.close();
  }
}

/** What a verb and a selection choose. */
export interface ChosenNodes {
  /** Ephemeral models left out: they run within others. */
  readonly ids: ReadonlySet<string>;
  /** Exposures that `build` chooses: nothing runs for them, and the results say so, as dbt's. */
  readonly exposures: ReadonlySet<string>;
  /** Parts of the selection that named nothing. */
  readonly unmatched: readonly string[];
}

/** The ids that a verb and a selection choose, ephemeral models left out: they run within others. */
export function chosenNodes(
  options: Pick<RunOptions, 'project' | 'verb' | 'resourceTypes' | 'excludeResourceTypes'> & SelectionOptions,
): ChosenNodes {
  const { project, resourceTypes = [], excludeResourceTypes = [] } = options;
  const { ids, unmatched } = selectNodes(project, selectionRequest(options));
  const types = VERB_TYPES[options.verb].filter(
    (type) => (resourceTypes.length === 0 || resourceTypes.includes(type)) && !excludeResourceTypes.includes(type),
  );
  const runs = (node: ProjectNode | undefined): boolean =>
    node !== undefined && types.includes(node.resourceType) && materializationOf(node) !== 'ephemeral';
  const isWanted = (id: string): boolean => options.only?.has(id) ?? true;
  const hasExposures =
    options.verb === 'build' &&
    (resourceTypes.length === 0 || resourceTypes.includes('exposure')) &&
    !excludeResourceTypes.includes('exposure');
  return {
    ids: new Set([...ids].filter((id) => isWanted(id) && runs(project.nodes.get(id)))),
    exposures: new Set([...ids].filter((id) => hasExposures && isWanted(id) && project.exposures.has(id))),
    unmatched,
  };
}
