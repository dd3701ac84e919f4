import { renderHook, type CompiledNode } from '../compile/compile-node.ts';
import { relationText } from '../artifacts/run-results.ts';
import { hooksOf } from '../compile/hook-config.ts';
import type { Batch } from '../compile/run-context.ts';
import { ModelRunnerError } from '../errors.ts';
import { suggestion } from '../project/suggestion.ts';
import { materializationOf, type ProjectNode } from '../project/project.ts';
import { readReference } from '../parse/resolve.ts';
import { readSeed } from '../seed/read-seed.ts';
import type { BuildRequest, ExistingRelation, Hook, Session } from '../warehouse/warehouse.ts';
import { annotate } from './annotate.ts';
import { plainAccess } from './database-access.ts';
import { incrementWriter } from './increment-writer.ts';
import { compileRun, type NodeOutcome, type NodeRun } from './node-run.ts';
import { isMicrobatch, runBatches } from './run-batches.ts';
import { runCustom } from './run-custom.ts';
import { runTest } from './run-test.ts';
import { runUnitTest } from './run-unit-test.ts';
import { snapshotStrategy } from './snapshot-strategy.ts';
import { refuseStaleParents } from './stale-parents.ts';

/** Runs a model, a seed, a snapshot or a test. @throws what went wrong; the caller makes a result of it. */
export function runNode(run: NodeRun): Promise<NodeOutcome> {
  const { node, warehouse, signal } = run;
  const withSession = (work: (session: Session) => Promise<NodeOutcome>): Promise<NodeOutcome> =>
    warehouse.withSession(async (session) => {
      await annotate(session, { ...run, connectionName: node.uniqueId });
      return work(session);
    }, signal);
  if (node.resourceType === 'test') return withSession((session) => runTest(run, session));
  if (node.resourceType === 'unit_test') return withSession((session) => runUnitTest(run, session));
  if (materializationOf(node) === 'ephemeral')
    return Promise.resolve({ status: 'success', relation: null, rows: null, message: null });
  return withSession((session) => session.exclusively(node.relation, () => build(run, session)));
}

async function build(run: NodeRun, session: Session): Promise<NodeOutcome> {
  const { node, project } = run;
  const materialized = materializationOf(node);
  const custom = project.library.materialization(materialized);
  if (custom !== undefined) return runCustom(run, session, custom);
  const known = [...Object.keys(run.warehouse.materializations), 'ephemeral'];
  if (run.warehouse.materializations[materialized] === undefined) {
    throw new ModelRunnerError(
      `"${materialized}" is no materialization that can be run${suggestion(materialized, known)}; known are ${known.join(', ')}, and those that the project defines`,
      'terminal',
    );
  }
  if (materialized !== 'view') await refuseStaleParents(project, node, session);
  if (isMicrobatch(node)) return runBatches(run, session, (part) => buildOnce(run, session, part));
  const { rows, statements } = await buildOnce(run, session, WHOLE);
  await run.onBuilt(statements);
  return { status: 'success', relation: node.relation, rows, message: null };
}

/** What one build of a node covers: all of it, or one batch. */
export interface BuildPart {
  readonly batch: Batch | null;
  readonly withPreHooks: boolean;
  readonly withPostHooks: boolean;
  /** Whether a full refresh, if one is asked for, happens in this build. */
  readonly mayRefresh: boolean;
}

const WHOLE: BuildPart = { batch: null, withPreHooks: true, withPostHooks: true, mayRefresh: true };

async function buildOnce(
  run: NodeRun,
  session: Session,
  part: BuildPart,
): Promise<{ readonly rows: number | null; readonly statements: readonly string[] }> {
  const { node, warehouse } = run;
  const existing = await session.findRelation(node.relation);
  const fullRefresh = part.mayRefresh && (await refreshes(run, session, existing));
  const materialized = materializationOf(node);
  // Later batches of a full refresh go on from the first, but their templates see a refresh, as in dbt.
  const seesRefresh = fullRefresh || (part.batch !== null && fullRefreshOf(run));
  const isIncremental = materialized === 'incremental' && existing?.kind === 'table' && !seesRefresh;
  const compiled = await compileRun(run, plainAccess(session), { isIncremental, batch: part.batch });
  const request: BuildRequest = {
    node,
    config: node.config,
    relation: node.relation,
    sql: compiled.sql,
    seed: await seedOf(run),
    snapshot: materialized === 'snapshot' ? await snapshotStrategy(node, compiled, existing) : null,
    writeIncrement: incrementWriter(run.project, node, compiled.scope),
    reference: referenceRenderer(run),
    existing,
    fullRefresh,
    preHooks: part.withPreHooks ? hooks(node, 'pre_hook', compiled) : [],
    postHooks: part.withPostHooks ? hooks(node, 'post_hook', compiled) : [],
    warn: run.warn,
    columns: node.columns,
    startedAt: run.invocation.startedAt,
  };
  const materialize = warehouse.materializations[materialized];
  if (!materialize) throw new ModelRunnerError(`"${materialized}" is no materialization`, 'terminal');
  return materialize(session, request);
}

async function refreshes(run: NodeRun, session: Session, existing: ExistingRelation | null): Promise<boolean> {
  const { node } = run;
  const wasReset = existing !== null && node.resourceType === 'model' && (await session.wasReset(existing));
  if (wasReset)
    run.warn(
      'the table was emptied by a crash of the server (or never built by this runner) and is built anew in full',
    );
  if (wasReset || fullRefreshOf(run)) return true;
  if (materializationOf(node) !== 'incremental' || existing?.kind !== 'table') return false;
  const reason = await session.rebuildReason(existing, node);
  if (reason === null) return false;
  // A batch alone would not fill the table again, and who forbids a full refresh may have no other copy of the rows.
  if (isMicrobatch(node) || node.config['full_refresh'] === false)
    throw new ModelRunnerError(
      `${node.place.file}: ${reason} (config "partition_by"), so it has to be built anew in full; run with --full-refresh, and without "full_refresh: false"`,
      'terminal',
    );
  run.warn(`${reason} and is built anew in full`);
  return true;
}

async function seedOf({ node, project }: NodeRun): Promise<BuildRequest['seed']> {
  if (node.resourceType !== 'seed') return null;
  return readSeed(node.place.file, await project.readSeed(node), node.config);
}

/** Hooks that are rendered when their turn comes: what they query then is what is there then. */
function hooks(node: ProjectNode, key: 'pre_hook' | 'post_hook', { scope }: CompiledNode): readonly Hook[] {
  return hooksOf(node.config, key).map((hook) => ({ ...hook, render: () => renderHook(node, key, hook.sql, scope) }));
}

/** `full_refresh` of the node wins over the option. */
export function fullRefreshOf({ node, invocation }: Pick<NodeRun, 'node' | 'invocation'>): boolean {
  const configured = node.config['full_refresh'];
  return typeof configured === 'boolean' ? configured : invocation.fullRefresh;
}

/** What a constraint refers to, as a relation. */
function referenceRenderer({ project, node, deferred }: NodeRun): (text: string) => string {
  return (text) => {
    if (!/^\s*(?:ref|source)\s*\(/u.test(text)) return text;
    const reference = readReference(text, node.place);
    const id =
      'sourceName' in reference
        ? project.lookup.source(reference.sourceName, reference.name, node.packageName)
        : project.lookup.ref(reference, node.packageName);
    const found = id === undefined ? undefined : (project.nodes.get(id) ?? project.sources.get(id));
    if (!found)
      throw new ModelRunnerError(
        `the constraint of "${node.name}" refers to ${text}, which is not in the project`,
        'terminal',
      );
    return relationText(deferred(found.uniqueId) ?? found.relation);
  };
}
