import { BUILTIN_PACKAGE } from './macro-library.ts';
import { hooksOf } from './hook-config.ts';
import { cteName, injectCtes, type CommonTableExpression } from './inject-ctes.ts';
import { runScope, type RunContext } from './run-context.ts';
import type { NodeScope } from './node-scope.ts';
import { callValue, compileTemplate, toText } from './template-engine.ts';
import { testArguments } from './test-arguments.ts';
import type { ProjectNode } from '../project/project.ts';
import { ModelRunnerError } from '../errors.ts';
import type { Hook } from '../warehouse/warehouse.ts';

/** A node as SQL. */
export interface CompiledNode {
  /** The select, with the ephemeral models that it reads; empty for seeds. */
  readonly sql: string;
  readonly preHooks: readonly Hook[];
  readonly postHooks: readonly Hook[];
}

/** Renders a node for its run. @throws JinjaError with the place, ModelRunnerError */
export async function compileNode(context: Omit<RunContext, 'onEphemeral'>): Promise<CompiledNode> {
  const ephemerals = new Map<string, ProjectNode>();
  const scope = runScope({ ...context, onEphemeral: (node) => ephemerals.set(node.uniqueId, node) });
  const { node } = context;
  const sql = node.resourceType === 'seed' ? '' : await renderSql(context, node, scope);
  const ctes = new Map<string, CommonTableExpression>();
  for (const ephemeral of ephemerals.values()) await addCtes(context, ephemeral, ctes, [node.uniqueId]);
  return {
    sql: injectCtes(sql, [...ctes.values()]),
    preHooks: await renderHooks(node, 'pre_hook', scope),
    postHooks: await renderHooks(node, 'post_hook', scope),
  };
}

async function renderSql(
  context: Omit<RunContext, 'onEphemeral'>,
  node: ProjectNode,
  scope: NodeScope,
): Promise<string> {
  if (node.test === undefined) {
    return (await compileTemplate(node.rawCode, node.originalFilePath).render(scope)).trim().replace(/;\s*$/u, '');
  }
  const { library } = context.project;
  const name = `test_${node.test.name}`;
  const macro =
    node.test.namespace === null ? library.find(name, node.packageName) : library.findIn(node.test.namespace, name);
  if (!macro)
    throw new ModelRunnerError(
      `the generic test "${node.test.name}" is defined neither here nor in "${BUILTIN_PACKAGE}"`,
      'terminal',
    );
  const keyword = testArguments(node.test, scope, node.originalFilePath, node.place.line ?? 1);
  return toText(await callValue(scope.bind(macro), { positional: [], keyword })).trim();
}

/** The common table expressions of an ephemeral model, those that it reads itself first. */
async function addCtes(
  context: Omit<RunContext, 'onEphemeral'>,
  node: ProjectNode,
  ctes: Map<string, CommonTableExpression>,
  path: readonly string[],
): Promise<void> {
  if (ctes.has(node.uniqueId) || path.includes(node.uniqueId)) return;
  const inner: ProjectNode[] = [];
  const scope = runScope({ ...context, node, isIncremental: false, onEphemeral: (other) => inner.push(other) });
  const sql = await renderSql(context, node, scope);
  for (const other of inner) await addCtes(context, other, ctes, [...path, node.uniqueId]);
  ctes.set(node.uniqueId, { name: cteName(node.name), sql });
}

async function renderHooks(
  node: ProjectNode,
  key: 'pre_hook' | 'post_hook',
  scope: NodeScope,
): Promise<readonly Hook[]> {
  const rendered: Hook[] = [];
  for (const { sql, transaction } of hooksOf(node.config, key)) {
    const text = sql.includes('{')
      ? await compileTemplate(sql, `${node.originalFilePath} (${key.replace('_', '-')})`).render(scope)
      : sql;
    rendered.push({ sql: text.trim(), transaction });
  }
  return rendered;
}
