import type { RunState } from '@ovis/orchestrator';

/** What the process answers: part of the interface of `ovis-backfill`. */
export const EXIT = { done: 0, failed: 1, usage: 2, partlyFailed: 3, interrupted: 130 } as const;

const BY_STATE: Readonly<Record<RunState, number>> = {
  // Handed to the scheduler's processes.
  queued: EXIT.done,
  running: EXIT.done,
  succeeded: EXIT.done,
  partly_failed: EXIT.partlyFailed,
  failed: EXIT.failed,
  cancelled: EXIT.interrupted,
};

export function exitCodeOf(state: RunState): number {
  return BY_STATE[state];
}
