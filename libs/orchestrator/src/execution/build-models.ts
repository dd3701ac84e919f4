import type { ModelResult } from '../asset.ts';
import { claimModels } from '../backfill/claim-models.ts';
import { recordEvent } from '../run-log/record-event.ts';
import { recordMaterialization } from '../run-log/record-materialization.ts';
import { beginStep, finishStep, type StepState } from '../run-log/steps.ts';
import type { RunContext } from './execute-run.ts';
import type { StepReport } from './report.ts';

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
  const loaded = run.selection === null ? broughtBy(steps) : await claimModels(run.pool, run, run.selection.backfillId);
  if (loaded.length === 0) return [];
  const finishedAt = new Map<string, Date>();
  const results = await run.catalog.models.build({
    resources: run.resources,
    downstreamOf: loaded,
    signal: run.signal,
    onResult: (result) => {
      finishedAt.set(result.name, run.clock.now());
      run.onEvent({ type: 'model_finished', result });
    },
  });
  assertHeld();
  // One after the other: there are few, and their order in the log is that of the building.
  for (const result of results) await recordResult(run, result, finishedAt.get(result.name) ?? run.clock.now());
  return results;
}

function broughtBy(steps: readonly StepReport[]): readonly string[] {
  return steps.filter((step) => step.totals !== null && step.totals.succeededTasks > 0).map((step) => step.asset);
}

async function recordResult<Resources>(
  run: RunContext<Resources>,
  result: ModelResult,
  finishedAt: Date,
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
  const error = result.message === null ? null : { errorClass: `model_${result.status}`, message: result.message };
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
