import { BUILTIN_PACKAGE } from './macro-library.ts';
import { injectCtes, type CommonTableExpression } from './inject-ctes.ts';
import { cteNameOf, runScope, type RunContext } from './run-context.ts';
import type { NodeScope } from './node-scope.ts';
import { placedError } from './placed-error.ts';
import { callValue, compileTemplate, toText } from './template-engine.ts';
import { testArguments } from './test-arguments.ts';
import type { ProjectNode, TestMetadata } from '../project/project.ts';
import { formatPlace, ModelRunnerError } from '../errors.ts';

/** A node as SQL. */
export interface CompiledNode {
  /** The select, with the ephemeral models that it reads; empty for seeds. */
  readonly sql: string;
  /** In which it was rendered: hooks and materializations see the same names. */
  readonly scope: NodeScope;
}

/** What compiling a node needs: a run's context, the ephemeral models found by itself. */
export type CompileContext = Omit<RunContext, 'onEphemeral'>;

/** Renders a node for its run. @throws JinjaError with the place, ModelRunnerError */
export async function compileNode(
  context: CompileContext,
  more: readonly CommonTableExpression[] = [],
): Promise<CompiledNode> {
  const ephemerals = new Map<string, ProjectNode>();
  const scope = runScope({ ...context, onEphemeral: (node) => ephemerals.set(node.uniqueId, node) });
  const { node } = context;
  const sql = node.resourceType === 'seed' ? '' : await renderSql(context, node, scope);
  const ctes = new Map<string, CommonTableExpression>(more.map((cte) => [cte.name, cte]));
  for (const ephemeral of ephemerals.values()) await addCtes(context, ephemeral, ctes, [node.uniqueId]);
  return { sql: injectCtes(sql, [...ctes.values()]), scope };
}

/** One hook of a node as SQL. @throws JinjaError */
export async function renderHook(
  node: ProjectNode,
  key: 'pre_hook' | 'post_hook',
  sql: string,
  scope: NodeScope,
): Promise<string> {
  if (!sql.includes('{')) return sql.trim();
  return (await compileTemplate(sql, `${node.place.file} (${key.replace('_', '-')})`).render(scope)).trim();
}

async function renderSql(context: CompileContext, node: ProjectNode, scope: NodeScope): Promise<string> {
  if (node.test === undefined) {
    const template = compileTemplate(
      node.rawCode,
      node.place.file,
      node.resourceType === 'snapshot' ? (node.place.line ?? 1) : 1,
    );
    return (await template.render(scope)).trim().replace(/;\s*$/u, '');
  }
  return renderTest(context, node, node.test, scope);
}

async function renderTest(
  context: CompileContext,
  { packageName, place }: ProjectNode,
  test: TestMetadata,
  scope: NodeScope,
): Promise<string> {
  const { library } = context.project;
  const name = `test_${test.name}`;
  const macro = test.namespace === null ? library.find(name, packageName) : library.findIn(test.namespace, name);
  if (!macro)
    throw new ModelRunnerError(
      `${formatPlace(place)}: the generic test "${test.name}" is defined neither here nor in "${BUILTIN_PACKAGE}"`,
      'terminal',
    );
  const keyword = testArguments(test, scope, place.file, place.line ?? 1);
  try {
    return toText(await callValue(scope.bind(macro), { positional: [], keyword })).trim();
  } catch (error) {
    throw placedError(error, place);
  }
}

/** The common table expressions of an ephemeral model, those that it reads itself first. */
async function addCtes(
  context: CompileContext,
  node: ProjectNode,
  ctes: Map<string, CommonTableExpression>,
  path: readonly string[],
): Promise<void> {
  if (ctes.has(node.uniqueId) || path.includes(node.uniqueId)) return;
  const inner: ProjectNode[] = [];
  const scope = runScope({ ...context, node, isIncremental: false, onEphemeral: (other) => inner.push(other) });
  const sql = await renderSql(context, node, scope);
  for (const other of inner) await addCtes(context, other, ctes, [...path, node.uniqueId]);
  ctes.set(node.uniqueId, { name: cteNameOf(node), sql });
}
