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
} from './asset.ts';
export {
  FencedError,
  OrchestratorError,
  RunBusyError,
  RunHandedBack,
  TaskDeadlineError,
  UsageError,
} from './errors.ts';
export { executeRun, type ExecuteRunOptions } from './execution/execute-run.ts';
export type { RunEvent, RunReport, StepReport } from './execution/report.ts';
export type { Concurrency } from './execution/work-off.ts';
export type { StepOutcome } from './failure-limit.ts';
export type { RunCause, RunState } from './run-log/open-run.ts';
export type { StepTotals } from './run-log/step-totals.ts';
export { commitProgress } from './run-log/commit-progress.ts';
export { isTick, latestTick, nextTick, parseInstant, parseScheduledFor, type Schedule } from './schedule.ts';
export { addCounters, emptyCounters, trafficOf, type TaskCounters, type Traffic } from './task-counters.ts';
export { dueTicks, MOST_MISSED } from './service/due-ticks.ts';
export { serve, type ServeOptions, type ServiceEvent, type ServicePart } from './service/serve.ts';
export type { OpenRun } from './service/open-runs.ts';
export { RequestLeases, type RequestLeasesOptions } from './workers/request-leases.ts';
export { stayPresent } from './workers/stay-present.ts';
export { Presence, sessionName, type WorkerFacts } from './workers/presence.ts';
