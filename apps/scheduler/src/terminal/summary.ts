import type { ModelResult, RunReport, StepReport } from '@ovis/orchestrator';
import { formatCount, formatSeconds, formatTable } from '@ovis/foundation';

const OUTCOME_WORDS = {
  succeeded: 'succeeded',
  partly_failed: 'partly failed, within the limit',
  failed: 'failed',
  cancelled: 'interrupted; run the same command again to go on',
} as const;

/** What a run did, for a person: per asset what was loaded and built, and what failed with the reason. */
export function summaryOf(report: RunReport): readonly string[] {
  const title = `${report.job} for ${report.scheduledFor.toISOString()}`;
  if (report.wasDone) {
    return [`${title} had succeeded before: no request was sent; --force fetches again`];
  }
  return [
    '',
    ...loadedTable(report.steps),
    '',
    ...builtTable(report.models),
    ...failureLines(report),
    '',
    `${title}: ${OUTCOME_WORDS[report.outcome]} after ${formatSeconds(report.seconds)} (run ${report.runId})`,
  ];
}

function loadedTable(steps: readonly StepReport[]): readonly string[] {
  const heading = [
    'loaded',
    'customers',
    'thermostats',
    'inserted',
    'updated',
    'unchanged',
    'requests',
    'retries',
    'dropped',
    'quarantined',
    'failed',
    'time',
  ];
  const rows = steps.map(({ asset, totals, seconds, reason }) => {
    if (!totals) return [asset, `skipped: ${reason ?? ''}`];
    const { counters } = totals;
    const dropped = [...Object.values(counters.dropped), ...Object.values(counters.mismatched)].reduce(
      (sum, count) => sum + count,
      0,
    );
    const { thermostats, rowsInserted, rowsUpdated, rowsUnchanged, requests, retries, quarantined } = counters;
    const failed = totals.failedTasks + totals.failedScopes;
    const counts = [
      totals.customers,
      thermostats,
      rowsInserted,
      rowsUpdated,
      rowsUnchanged,
      requests,
      retries,
      dropped,
      quarantined,
      failed,
    ];
    return [asset, ...counts.map(formatCount), formatSeconds(seconds)];
  });
  return [...formatTable(heading, rows), ...steps.flatMap(fallbackLine)];
}

/** For whom a faster way was refused, why, and what the slower one took. */
function fallbackLine({ asset, totals }: StepReport): readonly string[] {
  if (!totals || totals.fallbackCustomers === 0) return [];
  const { fallbackClasses, fallbacks, fallbackMs } = totals.counters;
  const reasons = Object.entries(fallbackClasses).map(([errorClass, count]) => `${errorClass} ${formatCount(count)}`);
  return [
    `${asset}: ${formatCount(totals.fallbackCustomers)} customers device by device (${reasons.join(', ')}): ` +
      `${formatCount(fallbacks)} requests, ${formatSeconds(fallbackMs / 1000)} in all tasks`,
  ];
}

function builtTable(models: readonly ModelResult[]): readonly string[] {
  const built = models.filter((model) => model.kind !== 'test');
  if (built.length === 0) return ['no model was built'];
  const tests = models.filter((model) => model.kind === 'test');
  const passed = tests.filter((test) => test.status === 'succeeded').length;
  const rows = built.map((model) => [
    model.name,
    model.kind,
    model.status,
    model.rows === null ? '-' : formatCount(model.rows),
    formatSeconds(model.seconds),
  ]);
  return [
    ...formatTable(['built', 'kind', 'outcome', 'rows', 'time'], rows),
    `tests: ${String(passed)} of ${String(tests.length)} passed`,
  ];
}

function failureLines(report: RunReport): readonly string[] {
  const tasks = report.steps.flatMap(({ asset, totals }) =>
    (totals?.failures ?? []).map((failure) => `  ${asset} ${failure.key}: ${failure.message} [${failure.errorClass}]`),
  );
  const unnamed = report.steps.reduce(
    (sum, { totals }) => sum + (totals ? totals.failedTasks + totals.failedScopes - totals.failures.length : 0),
    0,
  );
  const models = report.models
    .filter((model) => model.status === 'failed' || (model.status === 'skipped' && model.kind !== 'test'))
    .map((model) => `  ${model.name}: ${model.status}${model.message === null ? '' : `, ${model.message}`}`);
  const lines = [...tasks, ...(unnamed > 0 ? [`  and ${String(unnamed)} more in ops.tasks`] : []), ...models];
  return lines.length === 0 ? [] : ['', 'what failed:', ...lines];
}
