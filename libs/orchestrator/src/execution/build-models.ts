import type { ModelResult } from '../asset.ts';
import { claimModels } from '../backfill/claim-models.ts';
import { recordEvent } from '../run-log/record-event.ts';
import { recordMaterialization } from '../run-log/record-materialization.ts';
import { beginStep, finishStep, type StepState } from '../run-log/steps.ts';
import type { RunContext } from './execute-run.ts';
import type { StepReport } from './report.ts';
import { DEFAULT_STEP_DEADLINE_MS, StepDeadline } from './step-deadline.ts';

const STEP_STATES = {
  succeeded: 'succeeded',
  warned: 'succeeded',
  failed: 'failed',
  skipped: 'skipped',
} as const satisfies Record<ModelResult['status'], StepState>;

/**
 * Builds the models downstream of the raw tables that brought something. A step that failed in part still has its models built:
 * what was loaded is good, and the fleet's other customers are waiting for it. Raw tables of which nothing was loaded are left
 * out. Of the runs of a backfill the one that is loaded last builds them, once for all.
 *
 * @param assertHeld throws if this process has lost the run's lock.
 */
export async function buildModels<Resources>(
  run: RunContext<Resources>,
  steps: readonly StepReport[],
  assertHeld: () => void,
): Promise<readonly ModelResult[]> {
  const loaded = await dataFor(run, steps);
  if (loaded.length === 0) return [];
  const { builds } = run.job;
  const finishedAt = new Map<string, Date>();
  const late = new Set<string>();
  using deadline = new StepDeadline('building the models', run.stepDeadlineMs ?? DEFAULT_STEP_DEADLINE_MS);
  const results = await run.catalog.models.build({
    resources: run.resources,
    downstreamOf: loaded,
    ...(builds ? { only: builds.models } : { except: run.catalog.upstreamJobs?.flatMap(({ models }) => models) ?? [] }),
    signal: AbortSignal.any([run.signal, deadline.signal]),
    onResult: (result) => {
      finishedAt.set(result.name, run.clock.now());
      if (deadline.isPast && result.status !== 'succeeded') late.add(result.name);
      run.onEvent({ type: 'model_finished', result });
    },
  });
  assertHeld();
  const judged = results.map((result): ModelResult =>
    late.has(result.name) ? { ...result, status: 'failed', message: deadline.error.message } : result,
  );
  // One after the other: there are few, and their order in the log is that of the building.
  for (const result of judged) {
    const errorClass = late.has(result.name) ? deadline.error.errorClass : `model_${result.status}`;
    await recordResult(run, result, { finishedAt: finishedAt.get(result.name) ?? run.clock.now(), errorClass });
  }
  return judged;
}

/** The raw tables that there is something new of. */
async function dataFor<Resources>(
  run: RunContext<Resources>,
  steps: readonly StepReport[],
): Promise<readonly string[]> {
  if (run.job.builds) return run.job.builds.upstream;
  return run.selection === null ? broughtBy(steps) : await claimModels(run.pool, run, run.selection.backfillId);
}

function broughtBy(steps: readonly StepReport[]): readonly string[] {
  return steps.filter((step) => step.totals !== null && step.totals.succeededTasks > 0).map((step) => step.asset);
}

async function recordResult<Resources>(
  run: RunContext<Resources>,
  result: ModelResult,
  { finishedAt, errorClass }: { readonly finishedAt: Date; readonly errorClass: string },
): Promise<void> {
  const step = { runId: run.runId, asset: result.name };
  if (result.kind === 'test') {
    if (result.status !== 'failed') return;
    const detail = { message: result.message };
    await recordEvent(run.pool, { ...step, taskKey: null, kind: 'test_failed', detail }, finishedAt);
    return;
  }
  const startedAt = new Date(finishedAt.getTime() - result.seconds * 1000);
  await beginStep(run.pool, { ...step, kind: 'model' }, startedAt);
  const error = result.message === null ? null : { errorClass, message: result.message };
  const state = STEP_STATES[result.status];
  await finishStep(run.pool, step, { state, error, now: finishedAt });
  if (state === 'skipped') return;
  const materialization = {
    ...step,
    attempt: run.attempt,
    state,
    startedAt,
    finishedAt,
    customers: null,
    fallbackCustomers: null,
    counters: null,
    rows: result.rows,
    errorsByClass: state === 'failed' && error ? { [error.errorClass]: 1 } : {},
  };
  await recordMaterialization(run.pool, materialization, null);
}
