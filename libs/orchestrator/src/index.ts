export type {
  Catalog,
  ExtractAsset,
  Job,
  MissedTicks,
  ModelBuilder,
  ModelResult,
  PlanContext,
  PlannedPortion,
  Progress,
  QuarantinedEntry,
  StepContext,
  TaskContext,
  TaskDefinition,
  TaskProgress,
  Transaction,
  UpstreamJob,
} from './asset.ts';
export {
  FencedError,
  OrchestratorError,
  RunBusyError,
  RunEndedError,
  RunHandedBack,
  StepDeadlineError,
  TaskDeadlineError,
  UsageError,
} from './errors.ts';
export { executeRun, type ExecuteRunOptions } from './execution/execute-run.ts';
export type { RunEvent, RunReport, StepReport } from './execution/report.ts';
export { DEFAULT_STEP_DEADLINE_MS } from './execution/step-deadline.ts';
export type { Concurrency } from './execution/work-off.ts';
export type { StepOutcome } from './failure-limit.ts';
export type { RunCause, RunState } from './run-log/open-run.ts';
export type { StepTotals } from './run-log/step-totals.ts';
export { readAllowlistDrops, type AllowlistDrop } from './run-log/read/allowlist-drops.ts';
export {
  readCoverage,
  type Coverage,
  type CoverageQuestion,
  type LoadedInterval,
  type MissingInterval,
} from './run-log/read/coverage.ts';
export { newestEventId, readEvents, type RecordedEvent } from './run-log/read/events.ts';
export {
  listMaterializations,
  newestMaterializations,
  type MaterializationSummary,
} from './run-log/read/materializations.ts';
export {
  readRun,
  type FailureCount,
  type RunDetail,
  type StepSummary,
  type TaskCounts,
} from './run-log/read/run-detail.ts';
export { listRuns, type RunFilter, type RunPosition, type RunSummary } from './run-log/read/runs.ts';
export { readPausedJobs, readStateCounts, type StateCounts } from './run-log/read/state-counts.ts';
export {
  listTasks,
  type TaskFilter,
  type TaskPosition,
  type TaskState,
  type TaskSummary,
} from './run-log/read/tasks.ts';
export { MOST_TICKS, periodsIn, uncovered, type Interval } from './run-log/read/ticks.ts';
export { jobNamed, type NamedJob } from './job-named.ts';
export { outOfPeriod } from './run-log/out-of-period.ts';
export {
  pauseJob,
  requestCancel,
  requestRun,
  resumeJob,
  retryFailed,
  type CancelRequest,
  type PauseRequest,
  type RequestContext,
  type RetryRequest,
  type RunRequest,
  type WantedRun,
} from './run-log/requests.ts';
export type { StepState } from './run-log/steps.ts';
export { commitProgress } from './run-log/commit-progress.ts';
export { forgetOldRuns, type ForgottenRunLog, type RunLogRetention } from './run-log/forget-old.ts';
export { isTick, latestTick, nextTick, parseInstant, parseScheduledFor, type Schedule } from './schedule.ts';
export { addCounters, emptyCounters, trafficOf, type TaskCounters, type Traffic } from './task-counters.ts';
export { dueTicks, MOST_MISSED } from './service/due-ticks.ts';
export { serve, type ServeOptions, type ServiceEvent, type ServicePart } from './service/serve.ts';
export type { OpenRun } from './service/open-runs.ts';
export { RequestLeases, type RequestLeasesOptions } from './workers/request-leases.ts';
export { stayPresent } from './workers/stay-present.ts';
export { DEAD_AFTER_MS, Presence, sessionName, type WorkerFacts } from './workers/presence.ts';
export {
  readCalendar,
  type AssetCalendar,
  type CalendarDay,
  type DayState,
  type GapReason,
} from './backfill/calendar.ts';
export {
  listBackfills,
  readBackfill,
  type BackfillModelsState,
  type BackfillRunStatus,
  type BackfillStatus,
} from './backfill/backfill-status.ts';
export { cancelBackfill, resumeBackfill } from './backfill/change-backfill.ts';
export { createBackfill, type WantedBackfill } from './backfill/create-backfill.ts';
export { addDays, dayOf, daysIn, parseDayRange, type DayRange, type TypedRange } from './backfill/day-range.ts';
export { estimatePeriod, unknownCustomers, type PeriodEstimate } from './backfill/estimate.ts';
export { dayOfTick, partitionsOf, type Partition } from './backfill/partitions.ts';
export type { RunSelection } from './backfill/selection.ts';
export {
  workOnBackfill,
  type BackfillEvent,
  type BlockingRun,
  type WorkOnBackfillOptions,
} from './backfill/work-on-backfill.ts';
