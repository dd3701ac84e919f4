import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { Invocation } from '../compile/base-context.ts';
import { JinjaError } from '../compile/template-engine.ts';
import { CancelledError, ModelRunnerError } from '../errors.ts';
import { subgraph, type Graph } from '../graph/graph.ts';
import { withTestEdges } from '../graph/test-edges.ts';
import type { ProjectNode, RelationName } from '../project/project.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { checkQueryComment } from './annotate.ts';
import { compiledPath } from './compiled-path.ts';
import { describeFailure } from './describe-failure.ts';
import { isFailure, type NodeResult, type RunEvent, type RunResult } from './result.ts';
import { runHooks } from './run-hooks.ts';
import { runNode } from './run-node.ts';
import type { ChosenNodes, RunOptions } from './run-project.ts';
import { criticalPathRank, runSchedule } from './schedule.ts';
import { storedAs } from './run-test.ts';

/** The parts of a result of what did not run. */
const NOTHING_RAN = {
  relation: null,
  rows: null,
  seconds: 0,
  startedAt: null,
  finishedAt: null,
  compiledAt: null,
  batches: null,
  compiledSql: null,
  retryability: null,
} as const;

/** One run of a project: its results, its warnings, what it tells. */
export class ProjectRun {
  readonly threads: number;
  readonly #options: RunOptions;
  readonly #chosen: ChosenNodes;
  readonly #invocation: Invocation;
  readonly #now: () => Date;
  readonly #results: NodeResult[] = [];
  readonly #warnings: string[] = [];
  readonly #stop = new AbortController();
  #deferred: ReadonlyMap<string, RelationName> = new Map();
  #started = 0;

  constructor(options: RunOptions, chosen: ChosenNodes) {
    this.#options = options;
    this.#chosen = chosen;
    this.#now = options.now ?? (() => new Date());
    this.threads = Math.max(1, options.threads ?? options.project.target.threads);
    this.#invocation = {
      id: options.invocationId ?? randomUUID(),
      startedAt: this.#now(),
      verb: options.verb,
      fullRefresh: options.fullRefresh ?? false,
      flags: options.flags ?? {},
      now: this.#now,
      selected: [...chosen.ids],
    };
  }

  async execute(warehouse: Warehouse): Promise<RunResult> {
    const { signal } = this.#options;
    const { ids, unmatched } = this.#chosen;
    await checkQueryComment({
      project: this.#options.project,
      invocation: this.#invocation,
      log: (message) => this.#tell({ kind: 'log', uniqueId: null, message }),
      warn: (message) => this.#warn(null, message),
    });
    for (const selector of unmatched) this.#warn(null, `the selector "${selector}" names nothing`);
    this.#tell({ kind: 'run-started', invocationId: this.#invocation.id, nodes: ids.size });
    let isCancelled = false;
    try {
      if (ids.size > 0) await this.#runAll(warehouse);
      else for (const id of this.#chosen.exposures) this.#expose(id);
    } catch (error) {
      if (!(error instanceof CancelledError)) throw error;
      isCancelled = signal?.aborted === true || !this.#stop.signal.aborted;
    }
    return {
      invocationId: this.#invocation.id,
      startedAt: this.#invocation.startedAt,
      finishedAt: this.#now(),
      results: this.#results,
      isCancelled: isCancelled || signal?.aborted === true,
      warnings: [...this.#options.project.warnings, ...this.#warnings],
    };
  }

  async #runAll(warehouse: Warehouse): Promise<void> {
    const { project, signal } = this.#options;
    const { ids } = this.#chosen;
    const prepared = [...ids].flatMap((id) => project.nodes.get(id) ?? []);
    const storesAll = this.#options.flags?.storeFailures ?? false;
    const built = prepared.filter(
      ({ resourceType, config }) =>
        resourceType !== 'unit_test' && (resourceType !== 'test' || storedAs(config, storesAll) !== null),
    );
    await warehouse.prepare(built, signal);
    this.#deferred = await this.#findDeferred(warehouse);
    const graph = this.#graph(ids);
    const skips = project.file.flags['skip_nodes_if_on_run_start_fails'] === true;
    if (!(await this.#hooks(warehouse, 'on-run-start')) && skips) {
      for (const id of graph.ids) this.#skip(id, null, ids.size);
      return;
    }
    const anySignal = signal ? AbortSignal.any([signal, this.#stop.signal]) : this.#stop.signal;
    const fates = await runSchedule({
      graph,
      threads: this.threads,
      signal: anySignal,
      rank: criticalPathRank(graph, this.#options.secondsBefore ?? new Map()),
      run: (id) => this.#run(id, ids.size, warehouse, anySignal),
      skip: (id, because) => this.#skip(id, because, ids.size),
    });
    if (this.#stop.signal.aborted) for (const id of graph.ids) if (!fates.has(id)) this.#skip(id, null, ids.size);
    for (const id of this.#chosen.exposures) this.#expose(id);
    await this.#hooks(warehouse, 'on-run-end');
  }

  /** An exposure is shown as skipped where something that it shows was not built. */
  #expose(id: string): void {
    const exposure = this.#options.project.exposures.get(id);
    const parents = new Set(exposure?.dependsOn);
    const cause = this.#results.find(
      ({ uniqueId, status }) => parents.has(uniqueId) && (isFailure(status) || status === 'skipped'),
    );
    this.#finish(
      {
        ...NOTHING_RAN,
        uniqueId: id,
        name: exposure?.name ?? id,
        resourceType: 'exposure',
        status: cause === undefined ? 'no-op' : 'skipped',
        message: cause === undefined ? null : `skipped because "${cause.name}" was not built`,
      },
      this.#chosen.ids.size,
    );
  }

  /** What `--defer` reads elsewhere: nodes that this run does not build, and that are not there. */
  async #findDeferred(warehouse: Warehouse): Promise<ReadonlyMap<string, RelationName>> {
    const { deferTo, project, favorState = false, signal } = this.#options;
    if (deferTo === undefined || deferTo.size === 0) return new Map();
    return warehouse.withSession(async (session) => {
      const deferred = new Map<string, RelationName>();
      for (const [id, relation] of deferTo) {
        const node = project.nodes.get(id);
        if (node === undefined || this.#chosen.ids.has(id)) continue;
        if (favorState || (await session.findRelation(node.relation)) === null) deferred.set(id, relation);
      }
      return deferred;
    }, signal);
  }

  #graph(ids: ReadonlySet<string>): Graph {
    const { project, verb } = this.#options;
    const isTest = (id: string): boolean => project.nodes.get(id)?.resourceType === 'test';
    const isUnitTest = (id: string): boolean => project.nodes.get(id)?.resourceType === 'unit_test';
    return subgraph(verb === 'build' ? withTestEdges(project.graph, isTest, isUnitTest) : project.graph, ids);
  }

  /** @returns whether all of them went well. */
  async #hooks(warehouse: Warehouse, when: 'on-run-start' | 'on-run-end'): Promise<boolean> {
    const { project, signal } = this.#options;
    const results = await runHooks({
      project,
      invocation: this.#invocation,
      warehouse,
      when,
      signal,
      results: this.#results,
      now: this.#now,
      log: (message) => this.#tell({ kind: 'log', uniqueId: null, message }),
      warn: (message) => this.#warn(null, message),
    });
    for (const result of results) {
      this.#results.push(result);
      this.#tell({ kind: 'node-finished', result, index: this.#results.length, total: this.#chosen.ids.size });
    }
    return results.every(({ status }) => !isFailure(status));
  }

  async #run(id: string, total: number, warehouse: Warehouse, signal: AbortSignal): Promise<'done' | 'failed'> {
    const node = this.#options.project.nodes.get(id) as ProjectNode;
    const index = (this.#started += 1);
    this.#tell({ kind: 'node-started', uniqueId: id, name: node.name, resourceType: node.resourceType, index, total });
    const result = await this.#resultOf(node, warehouse, signal);
    this.#finish(result, total);
    const failed = isFailure(result.status);
    if (failed && this.#options.flags?.failFast === true) this.#stop.abort();
    return failed ? 'failed' : 'done';
  }

  async #resultOf(node: ProjectNode, warehouse: Warehouse, signal: AbortSignal): Promise<NodeResult> {
    const { project, writer, warnError = false } = this.#options;
    const startedAt = this.#now();
    const startedMs = performance.now();
    const compiled: { sql: string | null; file: string | null; at: Date | null } = { sql: null, file: null, at: null };
    const facts = (): Omit<NodeResult, 'status' | 'relation' | 'rows' | 'message' | 'retryability'> => ({
      uniqueId: node.uniqueId,
      name: node.name,
      resourceType: node.resourceType,
      seconds: (performance.now() - startedMs) / 1000,
      startedAt,
      finishedAt: this.#now(),
      compiledAt: compiled.at,
      compiledSql: compiled.sql,
      batches: null,
    });
    try {
      const outcome = await runNode({
        project,
        node,
        invocation: this.#invocation,
        warehouse,
        signal,
        deferred: (id) => this.#deferred.get(id),
        batches: this.#options.batches?.get(node.uniqueId) ?? null,
        warn: (message) => this.#warn(node.uniqueId, message),
        log: (message) => this.#tell({ kind: 'log', uniqueId: node.uniqueId, message }),
        onCompiled: async (sql) => {
          Object.assign(compiled, { sql, at: this.#now() });
          compiled.file = (await writer?.writeCompiled(compiledPath(node), sql)) ?? null;
        },
        onBuilt: async (statements) => {
          await writer?.writeRun(compiledPath(node), statements.map((statement) => `${statement};`).join('\n\n'));
        },
      });
      const status = outcome.status === 'warn' && warnError ? 'fail' : outcome.status;
      return { ...facts(), ...outcome, batches: outcome.batches ?? null, status, retryability: null };
    } catch (error) {
      const isKnown = error instanceof ModelRunnerError || error instanceof JinjaError;
      return {
        ...facts(),
        status: 'error',
        relation: null,
        rows: null,
        message: describeFailure(error, compiled.sql === null ? null : { sql: compiled.sql, file: compiled.file }),
        retryability: isKnown ? error.retryability : 'terminal',
      };
    }
  }

  #skip(id: string, because: string | null, total: number): void {
    const { project } = this.#options;
    const node = project.nodes.get(id) as ProjectNode;
    const cause = because === null ? undefined : project.nodes.get(because);
    const was =
      this.#results.find(({ uniqueId }) => uniqueId === because)?.status === 'skipped' ? 'was skipped' : 'failed';
    const message =
      because === null
        ? 'skipped because the run ended before'
        : `skipped because the ${cause?.resourceType ?? 'node'} "${cause?.name ?? because}" ${was}`;
    this.#finish(
      {
        ...NOTHING_RAN,
        uniqueId: id,
        name: node.name,
        resourceType: node.resourceType,
        status: 'skipped',
        message,
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
