import type { RunReport } from '@ovis/orchestrator';

/** What the process answers: part of the interface of `ovis-scheduler run`. */
export const EXIT = { done: 0, failed: 1, usage: 2, partlyFailed: 3, interrupted: 130 } as const;

const BY_OUTCOME: Readonly<Record<RunReport['outcome'], number>> = {
  succeeded: EXIT.done,
  partly_failed: EXIT.partlyFailed,
  failed: EXIT.failed,
  cancelled: EXIT.interrupted,
};

export function exitCodeOf(report: RunReport): number {
  return BY_OUTCOME[report.outcome];
}
