import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { Invocation } from '../compile/base-context.ts';
import { JinjaError } from '../compile/template-engine.ts';
import { CancelledError, ModelRunnerError } from '../errors.ts';
import type { TargetWriter } from '../files/write-target.ts';
import { subgraph, type Graph } from '../graph/graph.ts';
import { parseSelector } from '../graph/selector.ts';
import { selectNodes } from '../graph/select.ts';
import { withTestEdges } from '../graph/test-edges.ts';
import { materializationOf, type NodeType, type Project, type ProjectNode } from '../project/project.ts';
import type { Connect, Warehouse } from '../warehouse/warehouse.ts';
import { describeFailure } from './describe-failure.ts';
import type { NodeResult, NodeStatus, RunEvent, RunResult } from './result.ts';
import { runHooks } from './run-hooks.ts';
import { runNode } from './run-node.ts';
import { runSchedule } from './schedule.ts';

export type Verb = 'build' | 'run' | 'test' | 'seed';

/** What `runProject` takes. */
export interface RunOptions {
  readonly project: Project;
  readonly verb: Verb;
  /** Opens the database; see `connectPostgres`. */
  readonly connect: Connect;
  /** dbt's selectors; unset chooses everything. */
  readonly select?: readonly string[];
  readonly exclude?: readonly string[];
  /** Build incremental models and seeds anew. Default: false. */
  readonly fullRefresh?: boolean;
  /** Nodes that run at the same time. Default: the target's. */
  readonly threads?: number;
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
  build: ['model', 'seed', 'test'],
  run: ['model'],
  test: ['test'],
  seed: ['seed'],
};

/**
 * Runs a project. A node that fails is a result, not an exception: what depends on it is skipped and the rest goes on.
 *
 * @throws SelectionError; DatabaseError when the database cannot be reached or prepared.
 */
export async function runProject(options: RunOptions): Promise<RunResult> {
  const run = new ProjectRun(options);
  const warehouse = await options.connect({ sessions: run.threads });
  try {
    return await run.execute(warehouse);
  } finally {
    await warehouse.close();
  }
}

/** The ids that a verb and a selection choose, ephemeral models left out: they run within others. */
export function chosenNodes(options: Pick<RunOptions, 'project' | 'verb' | 'select' | 'exclude'>): {
  readonly ids: ReadonlySet<string>;
  readonly unmatched: readonly string[];
} {
  const { project, select, exclude } = options;
  const selector = (texts: readonly string[] | undefined): ReturnType<typeof parseSelector> | null =>
    texts === undefined || texts.length === 0 ? null : parseSelector(texts);
  const { ids, unmatched } = selectNodes(project, selector(select), selector(exclude));
  const types = VERB_TYPES[options.verb];
  const runs = (node: ProjectNode | undefined): boolean =>
    node !== undefined && types.includes(node.resourceType) && materializationOf(node) !== 'ephemeral';
  return { ids: new Set([...ids].filter((id) => runs(project.nodes.get(id)))), unmatched };
}

class ProjectRun {
  readonly threads: number;
  readonly #options: RunOptions;
  readonly #invocation: Invocation;
  readonly #now: () => Date;
  readonly #results: NodeResult[] = [];
  readonly #warnings: string[] = [];
  #started = 0;

  constructor(options: RunOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => new Date());
    this.threads = Math.max(1, options.threads ?? options.project.target.threads);
    this.#invocation = {
      id: options.invocationId ?? randomUUID(),
      startedAt: this.#now(),
      verb: options.verb,
      fullRefresh: options.fullRefresh ?? false,
    };
  }

  async execute(warehouse: Warehouse): Promise<RunResult> {
    const { project, signal, verb } = this.#options;
    const { ids, unmatched } = chosenNodes(this.#options);
    for (const selector of unmatched) this.#warn(null, `the selector "${selector}" names nothing`);
    const graph = this.#graph(ids);
    this.#tell({ kind: 'run-started', invocationId: this.#invocation.id, nodes: ids.size });
    let isCancelled = false;
    try {
      await warehouse.prepare(
        [...ids].flatMap((id) => project.nodes.get(id) ?? []),
        signal,
      );
      if (ids.size > 0 && verb !== 'test') await this.#hooks(warehouse, project.file.onRunStart, 'on-run-start');
      await runSchedule({
        graph,
        threads: this.threads,
        signal,
        run: (id) => this.#run(id, ids.size, warehouse),
        skip: (id, because) => this.#skip(id, because, ids.size),
      });
      if (ids.size > 0 && verb !== 'test') await this.#hooks(warehouse, project.file.onRunEnd, 'on-run-end');
    } catch (error) {
      if (!(error instanceof CancelledError)) throw error;
      isCancelled = true;
    }
    return {
      invocationId: this.#invocation.id,
      startedAt: this.#invocation.startedAt,
      finishedAt: this.#now(),
      results: this.#results,
      isCancelled: isCancelled || signal?.aborted === true,
      warnings: [...project.warnings, ...this.#warnings],
    };
  }

  #graph(ids: ReadonlySet<string>): Graph {
    const { project, verb } = this.#options;
    const isTest = (id: string): boolean => project.nodes.get(id)?.resourceType === 'test';
    return subgraph(verb === 'build' ? withTestEdges(project.graph, isTest) : project.graph, ids);
  }

  async #hooks(warehouse: Warehouse, hooks: readonly string[], name: string): Promise<void> {
    if (hooks.length === 0) return;
    const { project, signal } = this.#options;
    const log = (message: string): void => this.#tell({ kind: 'log', uniqueId: null, message });
    await runHooks({
      project,
      invocation: this.#invocation,
      warehouse,
      hooks,
      name,
      signal,
      log,
      warn: (message) => this.#warn(null, message),
    });
  }

  async #run(id: string, total: number, warehouse: Warehouse): Promise<'done' | 'failed'> {
    const { project, signal, writer } = this.#options;
    const node = project.nodes.get(id) as ProjectNode;
    const index = (this.#started += 1);
    this.#tell({ kind: 'node-started', uniqueId: id, name: node.name, resourceType: node.resourceType, index, total });
    const startedAt = this.#now();
    const startedMs = performance.now();
    let compiled: { sql: string; file: string | null } | null = null;
    const facts = (): Omit<NodeResult, 'status' | 'relation' | 'rows' | 'message' | 'retryability'> => ({
      uniqueId: id,
      name: node.name,
      resourceType: node.resourceType,
      seconds: (performance.now() - startedMs) / 1000,
      startedAt,
      finishedAt: this.#now(),
      compiledSql: compiled?.sql ?? null,
    });
    let result: NodeResult;
    try {
      const outcome = await runNode({
        project,
        node,
        invocation: this.#invocation,
        warehouse,
        signal,
        warn: (message) => this.#warn(id, message),
        log: (message) => this.#tell({ kind: 'log', uniqueId: id, message }),
        onCompiled: async (sql) => {
          compiled = { sql, file: null };
          compiled.file = (await writer?.writeCompiled(compiledPath(node), sql)) ?? null;
        },
        onBuilt: async (statements) => {
          await writer?.writeRun(compiledPath(node), statements.map((statement) => `${statement};`).join('\n\n'));
        },
      });
      result = { ...facts(), ...outcome, retryability: null };
    } catch (error) {
      const retryability =
        error instanceof ModelRunnerError || error instanceof JinjaError ? error.retryability : 'terminal';
      result = {
        ...facts(),
        status: 'error',
        relation: null,
        rows: null,
        message: describeFailure(error, compiled),
        retryability,
      };
    }
    this.#finish(result, total);
    return result.status === 'error' || result.status === 'fail' ? 'failed' : 'done';
  }

  #skip(id: string, because: string, total: number): void {
    const { project } = this.#options;
    const node = project.nodes.get(id) as ProjectNode;
    const cause = project.nodes.get(because);
    const was =
      this.#results.find(({ uniqueId }) => uniqueId === because)?.status === 'skipped' ? 'was skipped' : 'failed';
    const status: NodeStatus = 'skipped';
    const message = `skipped because the ${cause?.resourceType ?? 'node'} "${cause?.name ?? because}" ${was}`;
    this.#finish(
      {
        uniqueId: id,
        name: node.name,
        resourceType: node.resourceType,
        status,
        relation: null,
        rows: null,
        seconds: 0,
        message,
        startedAt: null,
        finishedAt: null,
        compiledSql: null,
        retryability: null,
      },
      total,
    );
  }

  #finish(result: NodeResult, total: number): void {
    this.#results.push(result);
    this.#tell({ kind: 'node-finished', result, index: this.#results.length, total });
  }

  #warn(uniqueId: string | null, message: string): void {
    this.#warnings.push(
      uniqueId === null ? message : `${this.#options.project.nodes.get(uniqueId)?.name ?? uniqueId}: ${message}`,
    );
    this.#tell({ kind: 'warning', uniqueId, message });
  }

  #tell(event: RunEvent): void {
    this.#options.onEvent?.(event);
  }
}

/** Where a node's SQL lies below `target/compiled/<project>`, as dbt lays it out. */
export function compiledPath(node: ProjectNode): string {
  if (node.test === undefined) return node.originalFilePath;
  const short = node.path.slice(node.path.lastIndexOf('/') + 1);
  return `${node.originalFilePath}/${short}`;
}
