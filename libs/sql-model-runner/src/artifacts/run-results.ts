import type { Invocation } from '../compile/base-context.ts';
import { quote } from '../compile/relation-value.ts';
import type { RelationName } from '../project/project.ts';
import type { NodeResult, RunResult } from '../run/result.ts';
import { artifactMetadata } from './metadata.ts';

/** `run_results.json`, in version 6 of dbt's schema. */
export function runResultsArtifact(
  result: Pick<RunResult, 'results' | 'startedAt' | 'finishedAt'>,
  invocation: Invocation,
  args: Readonly<Record<string, unknown>>,
): object {
  return {
    metadata: artifactMetadata('run-results/v6', invocation, result.finishedAt),
    results: result.results.map(resultEntry),
    elapsed_time: (result.finishedAt.getTime() - result.startedAt.getTime()) / 1000,
    args,
  };
}

function resultEntry(result: NodeResult): object {
  const { uniqueId, status, startedAt, finishedAt, compiledAt, seconds, rows, resourceType } = result;
  const isTest = resourceType === 'test' || resourceType === 'unit_test';
  return {
    status,
    timing: startedAt === null ? [] : timing(startedAt, compiledAt ?? startedAt, finishedAt ?? startedAt),
    thread_id: 'main',
    execution_time: seconds,
    adapter_response: rows === null || isTest ? {} : { rows_affected: rows },
    message: result.message,
    failures: failuresOf(result),
    unique_id: uniqueId,
    compiled: result.compiledSql !== null,
    compiled_code: result.compiledSql,
    relation_name: result.relation === null ? null : relationText(result.relation),
    batch_results:
      result.batches === null ? null : { successful: result.batches.successful, failed: result.batches.failed },
  };
}

/** Failing rows of a test; for hooks and batches dbt counts what failed. */
function failuresOf({ resourceType, status, rows, batches }: NodeResult): number | null {
  if (resourceType === 'operation') return status === 'success' ? 0 : 1;
  if (batches !== null || (resourceType === 'exposure' && status === 'no-op')) return 0;
  const isTest = resourceType === 'test' || resourceType === 'unit_test';
  return isTest && status !== 'skipped' && status !== 'error' ? (rows ?? 0) : null;
}

function timing(started: Date, compiled: Date, finished: Date): readonly object[] {
  const span = (name: string, from: Date, to: Date): object => ({
    name,
    started_at: from.toISOString(),
    completed_at: to.toISOString(),
  });
  return [span('compile', started, compiled), span('execute', compiled, finished)];
}

export function relationText(relation: RelationName): string {
  return [relation.database, relation.schema, relation.identifier].map(quote).join('.');
}
