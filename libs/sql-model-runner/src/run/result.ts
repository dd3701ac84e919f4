import type { RelationName, ResourceType } from '../project/project.ts';

/** How a node ended, in dbt's words. */
export type NodeStatus = 'success' | 'error' | 'skipped' | 'pass' | 'warn' | 'fail' | 'partial success' | 'no-op';

/** What became of one node of a run. */
export interface NodeResult {
  readonly uniqueId: string;
  readonly name: string;
  readonly resourceType: ResourceType;
  readonly status: NodeStatus;
  /** What was built; null for tests and ephemeral models. */
  readonly relation: RelationName | null;
  /** Rows written, or failing rows of a test; null where there is no such number. */
  readonly rows: number | null;
  readonly seconds: number;
  /** What went wrong, was skipped or is worth knowing; null when there is nothing to say. */
  readonly message: string | null;
  /** When it started and ended; null for a node that was skipped. */
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  /** When it was rendered; null when it was not. */
  readonly compiledAt: Date | null;
  /** The batches of a microbatch model, each a start and an end; null for others. */
  readonly batches: BatchResults | null;
  /** The SQL as rendered, null for seeds and where rendering failed. */
  readonly compiledSql: string | null;
  /** Whether an error may go away by itself; null without an error. */
  readonly retryability: 'transient' | 'terminal' | null;
}

export interface BatchResults {
  readonly successful: readonly (readonly [string, string])[];
  readonly failed: readonly (readonly [string, string])[];
}

/** The outcome of a run, in the order in which nodes ended. */
export interface RunResult {
  readonly invocationId: string;
  readonly startedAt: Date;
  readonly finishedAt: Date;
  readonly results: readonly NodeResult[];
  /** Whether the signal ended the run before its end. */
  readonly isCancelled: boolean;
  /** Parts of the selection that named nothing, things passed over. */
  readonly warnings: readonly string[];
}

/** What a run tells while it goes on. `index` counts what started, or what finished, from 1. */
export type RunEvent =
  | { readonly kind: 'run-started'; readonly invocationId: string; readonly nodes: number }
  | {
      readonly kind: 'node-started';
      readonly uniqueId: string;
      readonly name: string;
      readonly resourceType: ResourceType;
      readonly index: number;
      readonly total: number;
    }
  | { readonly kind: 'node-finished'; readonly result: NodeResult; readonly index: number; readonly total: number }
  | { readonly kind: 'warning'; readonly uniqueId: string | null; readonly message: string }
  /** `{{ log('…', info=true) }}` and `{{ print('…') }}`. */
  | { readonly kind: 'log'; readonly uniqueId: string | null; readonly message: string };

const FAILED: ReadonlySet<NodeStatus> = new Set<NodeStatus>(['error', 'fail', 'partial success']);

/** dbt's exit code: 0 all well (warnings included), 1 when a node failed, 2 when the run was cancelled (or, by the caller, prevented). */
export function exitCodeOf(result: RunResult): 0 | 1 | 2 {
  if (result.isCancelled) return 2;
  return result.results.some(({ status }) => FAILED.has(status)) ? 1 : 0;
}

/** Whether a status counts as a failure. */
export function isFailure(status: NodeStatus): boolean {
  return FAILED.has(status);
}
