import type { Clock } from '@ovis/foundation';
import type { TaskCounters } from './task-counters.ts';

/** The part of a database connection inside a transaction that bookkeeping needs. */
export interface Transaction {
  query(text: string, values: unknown[]): Promise<{ readonly rows: readonly Readonly<Record<string, unknown>>[] }>;
}

/** One share of a step: the unit of work, of retry and of resumption. */
export interface TaskDefinition {
  /** Unique in the step and the same in each repetition, e.g. `127.0.0.1:8001/c-000417`. */
  readonly key: string;
  /** The part of the source that it asks, by which tasks at the same time are limited. */
  readonly shard: string | null;
  readonly customerId: string | null;
}

/** What an asset is told of the run that it works for. */
export interface StepContext<Resources> {
  readonly resources: Resources;
  readonly clock: Clock;
  readonly runId: string;
  /** Which execution of the run this is, from 1. */
  readonly runAttempt: number;
  /** The logical time: the key of everything that the run writes. */
  readonly scheduledFor: Date;
  /** Whether what was loaded before is to be fetched again. */
  readonly force: boolean;
  /** Whether the run is to load its own period and nothing else, whatever is there already. */
  readonly isBackfill: boolean;
  readonly signal: AbortSignal;
}

/** A portion of the tasks of one scope, and what else its listing told. */
export interface PlannedPortion {
  readonly tasks: readonly TaskDefinition[];
  /** Entries that no task can be made of: where they stood and why, never what they held. */
  readonly quarantined?: readonly QuarantinedEntry[];
}

/** Something that was not loaded: its place in the source and the reason, never its content. */
export interface QuarantinedEntry {
  readonly position: string;
  readonly reason: string;
}

/** What planning is told. */
export interface PlanContext<Resources> extends StepContext<Resources> {
  /** Counts of planning this scope (requests, dropped fields); written when the scope is planned. */
  readonly counters: TaskCounters;
}

/** What one commit of a task brings: it is written in the transaction that holds the rows. */
export interface Progress {
  /** Where to go on from, once this is committed. */
  readonly cursor: string | null;
  /** True with the last commit: the task succeeds together with its last rows. */
  readonly isLast: boolean;
  /** The table written to and the UTC days (`YYYY-MM-DD`) in which a row of it was inserted or changed. */
  readonly table: string;
  readonly touchedDays: readonly string[];
  /** Rows that were not loaded: where they stood and why, never what they held. */
  readonly quarantined: readonly QuarantinedEntry[];
}

/** Progress of one task, ready to be written together with that of others whose rows are in the same transaction. */
export interface TaskProgress extends Progress {
  readonly taskId: string;
  readonly taskKey: string;
  /** The fencing token: if the task was claimed again since, the progress is refused. */
  readonly attempt: number;
  readonly counters: TaskCounters;
  readonly committedAt: Date;
}

/** What a task has of its own besides the step's context. */
export interface TaskContext<Resources> extends Omit<StepContext<Resources>, 'force'> {
  readonly task: TaskDefinition;
  /** Where an earlier attempt stopped; null at the start. */
  readonly cursor: string | null;
  /** Totals of this task over all its attempts; added to while it works, written with each commit. */
  readonly counters: TaskCounters;
  /** What `commitProgress` is to write for this task, the counters as they stand now. */
  progress(progress: Progress): TaskProgress;
}

/** A raw table that is loaded from a source, in tasks. */
export interface ExtractAsset<Resources> {
  /** As in architecture.md: schema and table. */
  readonly name: string;
  readonly description: string;
  /** True if the source knows only its present state, so that the past cannot be asked for. */
  readonly isSnapshot: boolean;
  /** Whether a run loads everything that is missing until its logical time, and not its own period alone. Default: false. */
  readonly catchesUp?: boolean;
  /** Whether its tasks are single customers' shares, so that some customers can be loaded without the others. Default: false. */
  readonly isByCustomer?: boolean;
  /** Why the asset cannot be loaded at all (its source is not set), or null. */
  unavailable(resources: Resources): string | null;
  /** Share, from 0 to 1, of a scheduled run's requests that its own period alone takes. Default: 1. */
  ownPeriodShare?(resources: Resources): number;
  /** The parts of the source that are planned, and may fail, on their own: the shards. */
  scopes(resources: Resources): readonly string[];
  /** The tasks of one scope, in portions. */
  plan(scope: string, context: PlanContext<Resources>): AsyncIterable<PlannedPortion>;
  /** Milliseconds that its step may take in one execution of a run, see `DEFAULT_STEP_DEADLINE_MS`; what is open then fails. */
  readonly deadlineMs?: number;
  /** Loads one task from its cursor to its end. */
  load(context: TaskContext<Resources>): Promise<void>;
}

/** One node of the models' graph that was worked on. */
export interface ModelResult {
  /** Schema and name, e.g. `marts.last_updates_per_day`; a test's own name. */
  readonly name: string;
  readonly kind: 'model' | 'seed' | 'test';
  readonly status: 'succeeded' | 'failed' | 'skipped' | 'warned';
  /** Rows written; null where that is not known (a view). */
  readonly rows: number | null;
  readonly seconds: number;
  /** What went wrong; null otherwise. */
  readonly message: string | null;
}

/** What builds the tables downstream of the raw ones. */
export interface ModelBuilder<Resources> {
  /** Names of the models downstream of these raw tables whose rows are gone although they were built: a crash emptied them. */
  stale(resources: Resources, downstreamOf: readonly string[]): Promise<readonly string[]>;
  /** The models downstream of these raw tables, in an order that respects their dependencies. */
  list(
    resources: Resources,
    downstreamOf: readonly string[],
  ): Promise<readonly { readonly name: string; readonly description: string }[]>;
  build(options: {
    readonly resources: Resources;
    readonly downstreamOf: readonly string[];
    /** Of the models downstream, only these and what they are built from. Default: all. */
    readonly only?: readonly string[];
    /** Models that are left out, with what is built from them alone: they are built by an event of their own. Default: none. */
    readonly except?: readonly string[];
    readonly signal: AbortSignal;
    readonly onResult: (result: ModelResult) => void;
  }): Promise<readonly ModelResult[]>;
}

/**
 * What becomes of ticks that passed while no process ran: `all` of them get a run, only the `latest` one does, or they are skipped unless
 * one has only just passed.
 */
export type MissedTicks = 'all' | 'latest' | 'skip';

/** A named selection of assets and when it runs. */
export interface Job {
  readonly name: string;
  readonly description: string;
  readonly cron: string;
  /** Default: `all`. */
  readonly missed?: MissedTicks;
  /** Names of the raw tables that it loads; the models downstream of them follow. */
  readonly assets: readonly string[];
}

/**
 * Models that are built by an event: when each of the raw tables that they are built from has newer data than they were built from. They
 * wait for no other table, and the jobs that load the tables leave them out.
 */
export interface UpstreamJob {
  /** Unique among all jobs. */
  readonly name: string;
  readonly description: string;
  /** Models, such as `marts.fleet_overview`; what they are built from is built with them. */
  readonly models: readonly string[];
  /** The raw tables that they are built from. */
  readonly upstream: readonly string[];
}

/** Everything that can be run. */
export interface Catalog<Resources> {
  readonly assets: readonly ExtractAsset<Resources>[];
  readonly jobs: readonly Job[];
  /** Default: none. */
  readonly upstreamJobs?: readonly UpstreamJob[];
  readonly models: ModelBuilder<Resources>;
}
