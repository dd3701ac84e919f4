/** How a step ended, as far as its tasks say. */
export type StepOutcome = 'succeeded' | 'partly_failed' | 'failed';

/** Below this many tasks a share says little, so no failure is tolerated. */
const FEWEST_TASKS_FOR_TOLERANCE = 20;

/**
 * Judges a step by the share of its tasks that failed. A scope (a shard) whose tasks could not even be planned counts by the
 * share of scopes that it is, since nobody knows how many tasks it hides.
 *
 * @param limit the share of failures that is tolerated, from 0 to 1.
 */
export function judgeStep(
  counts: {
    readonly tasks: number;
    readonly failedTasks: number;
    readonly scopes: number;
    readonly failedScopes: number;
  },
  limit = 0.05,
): StepOutcome {
  if (counts.failedTasks === 0 && counts.failedScopes === 0) return 'succeeded';
  if (counts.tasks < FEWEST_TASKS_FOR_TOLERANCE) return 'failed';
  const share = Math.max(counts.failedTasks / counts.tasks, counts.failedScopes / Math.max(1, counts.scopes));
  return share <= limit ? 'partly_failed' : 'failed';
}

/** The outcome of several steps together: the worst of them. */
export function worstOutcome(outcomes: readonly StepOutcome[]): StepOutcome {
  if (outcomes.includes('failed')) return 'failed';
  return outcomes.includes('partly_failed') ? 'partly_failed' : 'succeeded';
}
