import { describeError } from '@ovis/foundation';
import type { ExtractAsset } from '../asset.ts';
import { isLimited, scopesOf } from '../backfill/selection.ts';
import type { StepDeadlineError } from '../errors.ts';
import { judgeStep } from '../failure-limit.ts';
import { recordEvent } from '../run-log/record-event.ts';
import { recordMaterialization } from '../run-log/record-materialization.ts';
import { beginStep, finishStep } from '../run-log/steps.ts';
import { readStepTotals } from '../run-log/step-totals.ts';
import type { RunContext } from './execute-run.ts';
import type { StepReport } from './report.ts';

/** Leaves a raw table out whose source is not set. */
export async function skipStep<Resources>(
  run: RunContext<Resources>,
  asset: ExtractAsset<Resources>,
  reason: string,
): Promise<StepReport> {
  const step = { runId: run.runId, asset: asset.name };
  await beginStep(run.pool, { ...step, kind: 'extract' }, run.clock.now());
  await finishStep(run.pool, step, {
    state: 'skipped',
    error: { errorClass: 'source_not_set', message: reason },
    now: run.clock.now(),
  });
  const report: StepReport = { asset: asset.name, outcome: 'skipped', reason, totals: null, seconds: 0 };
  run.onEvent({ type: 'step_finished', step: report });
  return report;
}

/** Judges a step whose tasks have ended, and writes how it ended and what it brought. */
export async function closeStep<Resources>(
  run: RunContext<Resources>,
  asset: ExtractAsset<Resources>,
  options: {
    readonly startedAt: Date;
    /** Whether an earlier execution has loaded all of it. */
    readonly wasDone: boolean;
    /** What it was broken off with; null if it was not. */
    readonly late: StepDeadlineError | null;
  },
): Promise<StepReport> {
  const { startedAt, wasDone, late } = options;
  const step = { runId: run.runId, asset: asset.name };
  const scopes = scopesOf(run.selection, asset.scopes(run.resources));
  const totals = await readStepTotals(run.pool, step, scopes);
  if (wasDone) {
    const done: StepReport = { asset: asset.name, outcome: 'succeeded', reason: null, totals, seconds: 0 };
    run.onEvent({ type: 'step_finished', step: done });
    return done;
  }
  const outcome = judgeStep({ ...totals, scopes: scopes.length });
  // The tables of a run are loaded side by side: this one was ready when its own last task was.
  const finishedAt = new Date(Math.max(totals.finishedAt?.getTime() ?? 0, startedAt.getTime()));
  const isCancelled = run.signal.aborted;
  const failure = totals.failures[0];
  const error = late
    ? describeError(late)
    : failure
      ? { errorClass: failure.errorClass, message: failure.message }
      : null;
  if (!isCancelled) {
    // Some customers' or shards' share of an interval is not the interval.
    const isWhole = outcome === 'succeeded' && !isLimited(run.selection);
    const isBackfill = run.selection !== null;
    const interval = isWhole ? { start: run.scheduledFor, end: run.nextTick, isBackfill } : null;
    const { customers, fallbackCustomers, counters, errorsByClass } = totals;
    const materialization = {
      ...step,
      attempt: run.attempt,
      state: outcome,
      startedAt,
      finishedAt,
      customers,
      fallbackCustomers,
      counters,
      rows: null,
      errorsByClass,
    };
    await recordMaterialization(run.pool, materialization, interval);
    await recordEvent(
      run.pool,
      {
        ...step,
        taskKey: null,
        kind: 'step_finished',
        detail: { state: outcome, ...(late ? { reason: late.errorClass } : {}) },
      },
      finishedAt,
    );
  }
  // Last: a step that succeeded is not closed again, so nothing may be missing of it.
  await finishStep(run.pool, step, { state: isCancelled ? 'cancelled' : outcome, error, now: finishedAt });
  const seconds = (finishedAt.getTime() - startedAt.getTime()) / 1000;
  const report: StepReport = { asset: asset.name, outcome, reason: null, totals, seconds };
  run.onEvent({ type: 'step_finished', step: report });
  return report;
}
