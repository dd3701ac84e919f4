import type { Invocation } from '../compile/base-context.ts';
import { compileNode, type CompiledNode } from '../compile/compile-node.ts';
import { ModelRunnerError } from '../errors.ts';
import { suggestion } from '../project/suggestion.ts';
import { materializationOf, type Project, type ProjectNode, type RelationName } from '../project/project.ts';
import { readSeed } from '../seed/read-seed.ts';
import type { ExistingRelation, Session, Warehouse } from '../warehouse/warehouse.ts';
import type { NodeStatus } from './result.ts';
import { refuseStaleParents } from './stale-parents.ts';
import { judgeTest, testQuery } from './test-query.ts';

/** What running one node needs. */
export interface NodeRun {
  readonly project: Project;
  readonly node: ProjectNode;
  readonly invocation: Invocation;
  readonly warehouse: Warehouse;
  readonly signal: AbortSignal | undefined;
  readonly warn: (message: string) => void;
  readonly log: (message: string) => void;
  /** Called as soon as the node is rendered. */
  readonly onCompiled: (sql: string) => Promise<void>;
  /** Called with the statements that built it. */
  readonly onBuilt: (statements: readonly string[]) => Promise<void>;
}

export interface NodeOutcome {
  readonly status: Extract<NodeStatus, 'success' | 'pass' | 'warn' | 'fail'>;
  readonly relation: RelationName | null;
  readonly rows: number | null;
  readonly message: string | null;
}

/** Runs a model, a seed or a test. @throws what went wrong; the caller makes a result of it. */
export function runNode(run: NodeRun): Promise<NodeOutcome> {
  const { node, warehouse, signal } = run;
  if (node.resourceType === 'test') return warehouse.withSession((session) => runTest(run, session), signal);
  const materialized = materializationOf(node);
  if (materialized === 'ephemeral')
    return Promise.resolve({ status: 'success', relation: null, rows: null, message: null });
  return warehouse.withSession(
    (session) => session.exclusively(node.relation, () => build(run, session, materialized)),
    signal,
  );
}

async function runTest(run: NodeRun, session: Session): Promise<NodeOutcome> {
  await refuseStaleParents(run.project, run.node, session);
  const compiled = await compile(run, session, false);
  const query = testQuery(compiled.sql, run.node.config);
  await run.onBuilt([query]);
  const { status, failures, message } = judgeTest(await session.execute(query), run.node.config);
  return { status, relation: null, rows: failures, message };
}

async function build(run: NodeRun, session: Session, materialized: string): Promise<NodeOutcome> {
  const { node, warehouse } = run;
  const materialize = warehouse.materializations[materialized];
  if (!materialize) {
    const known = [...Object.keys(warehouse.materializations), 'ephemeral'];
    throw new ModelRunnerError(
      `"${materialized}" is no materialization that can be run${suggestion(materialized, known)}; known are ${known.join(', ')}`,
      'terminal',
    );
  }
  if (materialized !== 'view') await refuseStaleParents(run.project, node, session);
  const existing = await session.findRelation(node.relation);
  const wasReset = existing !== null && node.resourceType === 'model' && (await session.wasReset(existing));
  if (wasReset)
    run.warn(
      'the table was emptied by a crash of the server (or never built by this runner) and is built anew in full',
    );
  const fullRefresh = wasReset || fullRefreshOf(run);
  const isIncremental = materialized === 'incremental' && existing?.kind === 'table' && !fullRefresh;
  const compiled = await compile(run, session, isIncremental);
  const { rows, statements } = await materialize(session, {
    node,
    config: node.config,
    relation: node.relation,
    sql: compiled.sql,
    seed:
      node.resourceType === 'seed'
        ? readSeed(node.originalFilePath, await run.project.readSeed(node.originalFilePath), node.config)
        : null,
    existing,
    fullRefresh,
    preHooks: compiled.preHooks,
    postHooks: compiled.postHooks,
    warn: run.warn,
    columns: node.columns,
  });
  await run.onBuilt(statements);
  return { status: 'success', relation: node.relation, rows, message: null };
}

/** `full_refresh` of the node wins over the option. */
function fullRefreshOf({ node, invocation }: NodeRun): boolean {
  const configured = node.config['full_refresh'];
  return typeof configured === 'boolean' ? configured : invocation.fullRefresh;
}

async function compile(run: NodeRun, session: Session, isIncremental: boolean): Promise<CompiledNode> {
  const { project, node, invocation, log, warn } = run;
  const access = {
    execute: (sql: string) => session.execute(sql),
    findRelation: (name: RelationName) => session.findRelation(name),
    columnsOf: (relation: ExistingRelation) => session.columnsOf(relation),
  };
  const compiled = await compileNode({ project, node, invocation, access, isIncremental, log, warn });
  if (node.resourceType !== 'seed') await run.onCompiled(compiled.sql);
  return compiled;
}
