import type { AdapterAccess } from '../compile/adapter-value.ts';
import type { Invocation } from '../compile/base-context.ts';
import { compileNode, type CompileContext, type CompiledNode } from '../compile/compile-node.ts';
import type { Batch } from '../compile/run-context.ts';
import type { Project, ProjectNode, RelationName } from '../project/project.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import type { BatchResults, NodeStatus } from './result.ts';

/** What running one node needs. */
export interface NodeRun {
  readonly project: Project;
  readonly node: ProjectNode;
  readonly invocation: Invocation;
  readonly warehouse: Warehouse;
  readonly signal: AbortSignal | undefined;
  readonly warn: (message: string) => void;
  readonly log: (message: string) => void;
  /** Where nodes that this run does not build are read instead. */
  readonly deferred: (uniqueId: string) => RelationName | undefined;
  /** Batches of a microbatch model that are to run again; null for those that its configuration gives. */
  readonly batches: readonly Batch[] | null;
  /** Called as soon as the node is rendered. */
  readonly onCompiled: (sql: string) => Promise<void>;
  /** Called with the statements that built it. */
  readonly onBuilt: (statements: readonly string[]) => Promise<void>;
}

export interface NodeOutcome {
  readonly status: Extract<NodeStatus, 'success' | 'pass' | 'warn' | 'fail' | 'error' | 'partial success' | 'no-op'>;
  readonly relation: RelationName | null;
  readonly rows: number | null;
  readonly message: string | null;
  readonly batches?: BatchResults | null;
}

/** What of a context a caller says beside the usual. */
export type CompileMore = Pick<CompileContext, 'isIncremental'> & Partial<CompileContext>;

export function contextOf(run: NodeRun, access: AdapterAccess | null, more: CompileMore): CompileContext {
  const { project, node, invocation, log, warn, deferred } = run;
  return { project, node, invocation, access, log, warn, deferred, ...more };
}

/** Renders a node and tells so. */
export async function compileRun(run: NodeRun, access: AdapterAccess, more: CompileMore): Promise<CompiledNode> {
  const compiled = await compileNode(contextOf(run, access, more));
  if (run.node.resourceType !== 'seed') await run.onCompiled(compiled.sql);
  return compiled;
}
