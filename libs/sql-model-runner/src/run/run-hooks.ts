import { performance } from 'node:perf_hooks';
import type { Invocation } from '../compile/base-context.ts';
import { runScope } from '../compile/run-context.ts';
import { compileTemplate, hostFunction, hostObject, toPython, type Value } from '../compile/template-engine.ts';
import { nodeValue } from '../compile/node-value.ts';
import { CancelledError } from '../errors.ts';
import type { ProjectFile } from '../project/project-file.ts';
import type { Project } from '../project/project.ts';
import type { Session, Warehouse } from '../warehouse/warehouse.ts';
import { annotate } from './annotate.ts';
import { plainAccess } from './database-access.ts';
import { describeFailure } from './describe-failure.ts';
import { operationNode } from './operation-node.ts';
import { isFailure, type NodeResult } from './result.ts';

/** Hooks around a whole run. */
export interface ProjectHooks {
  readonly project: Project;
  readonly invocation: Invocation;
  readonly warehouse: Warehouse;
  readonly when: 'on-run-start' | 'on-run-end';
  readonly signal: AbortSignal | undefined;
  /** What the run brought so far, for `results` and `schemas`. */
  readonly results: readonly NodeResult[];
  readonly now: () => Date;
  readonly log: (message: string) => void;
  readonly warn: (message: string) => void;
}

/**
 * Renders and runs the hooks one after the other, each in its own transaction, those of packages first. A hook that fails ends them,
 * and is a result: what the run brought stays.
 */
export async function runHooks(run: ProjectHooks): Promise<readonly NodeResult[]> {
  const { project, warehouse, when } = run;
  const key = when === 'on-run-start' ? 'onRunStart' : 'onRunEnd';
  const files = [...project.packages.values()].filter(({ name }) => name !== project.name);
  const ordered: readonly ProjectFile[] = [...files.toSorted((a, b) => (a.name < b.name ? -1 : 1)), project.file];
  const hooks = ordered.flatMap((file) => file[key].map((sql, index) => ({ sql, packageName: file.name, index })));
  if (hooks.length === 0) return [];
  return warehouse.withSession(async (session) => {
    await annotate(session, { ...run, node: null, connectionName: 'master' });
    const results: NodeResult[] = [];
    let hasFailed = false;
    for (const { sql, packageName, index } of hooks) {
      const name = `${packageName}-${when}-${index}`;
      const result = hasFailed
        ? skipped(project, name, packageName)
        : await runHook(run, session, { sql, packageName, name });
      results.push(result);
      hasFailed ||= isFailure(result.status);
    }
    return results;
  }, run.signal);
}

function skipped(project: Project, name: string, packageName: string): NodeResult {
  const node = operationNode(project, name, { packageName });
  return {
    uniqueId: node.uniqueId,
    name,
    resourceType: 'operation',
    status: 'skipped',
    relation: null,
    rows: null,
    seconds: 0,
    message: 'skipped because a hook before it failed',
    startedAt: null,
    finishedAt: null,
    compiledAt: null,
    batches: null,
    compiledSql: null,
    retryability: null,
  };
}

async function runHook(
  run: ProjectHooks,
  session: Session,
  hook: { readonly sql: string; readonly packageName: string; readonly name: string },
): Promise<NodeResult> {
  const { project, now } = run;
  const node = operationNode(project, hook.name, { packageName: hook.packageName, sql: hook.sql });
  const startedAt = now();
  const startedMs = performance.now();
  const result = {
    uniqueId: node.uniqueId,
    name: hook.name,
    resourceType: 'operation' as const,
    relation: null,
    rows: null,
    startedAt,
    compiledAt: null,
    batches: null,
    compiledSql: null,
  };
  const ended = (): Pick<NodeResult, 'seconds' | 'finishedAt'> => ({
    seconds: (performance.now() - startedMs) / 1000,
    finishedAt: now(),
  });
  try {
    const scope = runScope({
      project,
      node,
      invocation: run.invocation,
      access: plainAccess(session),
      isIncremental: false,
      mayReferToAll: true,
      log: run.log,
      warn: run.warn,
      onEphemeral: () => undefined,
      extra: run.when === 'on-run-end' ? endNames(run) : {},
    });
    const sql = (await compileTemplate(hook.sql, node.place.file).render(scope)).trim();
    if (sql !== '') await session.transaction(() => session.execute(sql));
    return { ...result, ...ended(), status: 'success', message: null, retryability: null };
  } catch (error) {
    if (error instanceof CancelledError) throw error;
    return { ...result, ...ended(), status: 'error', message: describeFailure(error, null), retryability: 'terminal' };
  }
}

/** What only hooks at the end see. */
function endNames({ project, results }: ProjectHooks): Readonly<Record<string, () => Value>> {
  const good = results.filter(({ status }) => !isFailure(status) && status !== 'skipped');
  const built = good.flatMap(({ uniqueId, relation }) =>
    relation === null ? [] : (project.nodes.get(uniqueId) ?? []),
  );
  const schemas = [...new Set(built.map(({ relation }) => relation.schema))];
  return {
    schemas: () => toPython(schemas),
    database_schemas: () => toPython(schemas.map((schema) => [project.target.database, schema])),
    // Of the hooks at the start only those that failed, as in dbt.
    results: () =>
      results
        .filter(({ resourceType, status }) => resourceType !== 'operation' || status !== 'success')
        .map((result) => resultValue(project, result)),
  };
}

function resultValue(project: Project, result: NodeResult): Value {
  const node = project.nodes.get(result.uniqueId);
  const isTest = result.resourceType === 'test' || result.resourceType === 'unit_test';
  const facts = {
    status: result.status,
    message: result.message,
    execution_time: result.seconds,
    failures: isTest ? result.rows : result.resourceType === 'operation' ? (isFailure(result.status) ? 1 : 0) : null,
    unique_id: result.uniqueId,
    thread_id: 'main',
    adapter_response: result.rows === null || isTest ? {} : { rows_affected: result.rows },
    timing: [],
  };
  const shown =
    node ?? operationNode(project, result.name, { packageName: result.uniqueId.split('.')[1] ?? project.name });
  const value = nodeValue(shown, { compiled_code: result.compiledSql });
  return hostObject({
    typeName: 'RunResult',
    attributes: {
      ...Object.fromEntries(Object.entries(facts).map(([key, fact]) => [key, toPython(fact)])),
      node: value,
      to_dict: hostFunction('to_dict', () => new Map(Object.entries({ ...facts, node: value }))),
    },
    isTrue: () => true,
  });
}
