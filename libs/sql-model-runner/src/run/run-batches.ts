import { describeFailure } from './describe-failure.ts';
import { CancelledError, ModelRunnerError } from '../errors.ts';
import type { Batch } from '../compile/run-context.ts';
import { microbatches, readBatchConfig } from '../project/microbatch.ts';
import { materializationOf, type ProjectNode } from '../project/project.ts';
import type { Session } from '../warehouse/warehouse.ts';
import type { NodeOutcome, NodeRun } from './node-run.ts';
import type { BuildPart } from './run-node.ts';

/** Whether a node is built batch by batch. */
export function isMicrobatch(node: ProjectNode): boolean {
  return materializationOf(node) === 'incremental' && node.config['incremental_strategy'] === 'microbatch';
}

type BuildOnce = (part: BuildPart) => Promise<{ readonly rows: number | null; readonly statements: readonly string[] }>;

/** Builds a model batch by batch: a batch that fails leaves the others, unless it is the first. @throws when no batch was built */
export async function runBatches(run: NodeRun, session: Session, buildOnce: BuildOnce): Promise<NodeOutcome> {
  const { node, invocation } = run;
  const existing = await session.findRelation(node.relation);
  const configured = node.config['full_refresh'];
  const fullRefresh = typeof configured === 'boolean' ? configured : invocation.fullRefresh;
  const isIncremental = existing?.kind === 'table' && !fullRefresh;
  const batches =
    run.batches ??
    microbatches({
      config: readBatchConfig(node.config, node.name),
      isIncremental,
      start: invocation.flags?.eventTimeStart ?? null,
      end: invocation.flags?.eventTimeEnd ?? null,
      now: invocation.startedAt,
    });
  const successful: Batch[] = [];
  const failed: Batch[] = [];
  const messages: string[] = [];
  const statements: string[] = [];
  let rows = 0;
  for (const [index, batch] of batches.entries()) {
    if (index > 0 && successful.length === 0) {
      failed.push(batch);
      continue;
    }
    const part = {
      batch,
      withPreHooks: index === 0,
      withPostHooks: index === batches.length - 1,
      mayRefresh: index === 0 && run.batches === null,
    };
    try {
      const built = await buildOnce(part);
      rows += built.rows ?? 0;
      statements.push(...built.statements);
      successful.push(batch);
    } catch (error) {
      if (error instanceof CancelledError) throw error;
      failed.push(batch);
      messages.push(`batch ${batch.start?.toISOString() ?? ''}: ${describeFailure(error, null)}`);
    }
  }
  if (statements.length > 0) await run.onBuilt(statements);
  if (successful.length === 0 && batches.length > 0) throw new ModelRunnerError(messages.join('\n'), 'terminal');
  return {
    status: failed.length === 0 ? 'success' : 'partial success',
    relation: node.relation,
    rows,
    message: messages.length === 0 ? null : messages.join('\n'),
    batches: { successful: successful.map(span), failed: failed.map(span) },
  };
}

function span({ start, end }: Batch): readonly [string, string] {
  return [start?.toISOString() ?? '', end?.toISOString() ?? ''];
}
