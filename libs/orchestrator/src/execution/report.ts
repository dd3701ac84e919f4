import type { ModelResult } from '../asset.ts';
import type { StepOutcome } from '../failure-limit.ts';
import type { StepTotals } from '../run-log/step-totals.ts';

/** How the loading of one raw table ended. */
export interface StepReport {
  readonly asset: string;
  readonly outcome: StepOutcome | 'skipped';
  /** Why it was skipped; null otherwise. */
  readonly reason: string | null;
  readonly totals: StepTotals | null;
  readonly seconds: number;
}

/** How a run ended: what a person, or an exit code, is made from. */
export interface RunReport {
  readonly runId: string;
  readonly job: string;
  readonly scheduledFor: Date;
  readonly attempt: number;
  readonly outcome: StepOutcome | 'cancelled';
  /** True if the run had succeeded before, so that nothing was done and no request was sent. */
  readonly wasDone: boolean;
  readonly steps: readonly StepReport[];
  readonly models: readonly ModelResult[];
  readonly seconds: number;
}

/** What happens in a run while it happens, for progress. */
export type RunEvent =
  | { readonly type: 'run_started'; readonly runId: string; readonly attempt: number; readonly scheduledFor: Date }
  | { readonly type: 'tasks_planned'; readonly asset: string; readonly tasks: number }
  | { readonly type: 'scope_failed'; readonly asset: string; readonly scope: string; readonly message: string }
  | {
      readonly type: 'task_ended';
      readonly asset: string;
      readonly key: string;
      readonly outcome: 'succeeded' | 'failed' | 'to_retry';
      readonly rows: number;
      readonly message: string | null;
    }
  | { readonly type: 'step_finished'; readonly step: StepReport }
  | { readonly type: 'model_finished'; readonly result: ModelResult };
