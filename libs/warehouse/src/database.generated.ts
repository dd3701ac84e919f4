// Generated from the migrated schema, do not edit: see libs/warehouse/README.md.
import type { ColumnType, GeneratedAlways } from 'kysely';

/** A column that may be left out when inserting. */
type Defaulted<T> = [T] extends [ColumnType<infer S, infer I, infer U>]
  ? ColumnType<S, I | undefined, U>
  : ColumnType<T, T | undefined, T>;
/** Read as text, so that no digit is lost. */
type BigInteger = ColumnType<string, string | number | bigint, string | number | bigint>;
/** `YYYY-MM-DD`. */
type CalendarDate = string;
type Timestamp = ColumnType<Date, Date | string, Date | string>;
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };
/** Read as a value, written as JSON text. */
type Json = ColumnType<JsonValue, string, string>;

/** How many fields the allowlist kept out, by path; never their names where those are not ours, never their values. */
export interface OpsAllowlistDrops {
  run_id: string;
  asset: string;
  /** Named field, or the parent of unnamed ones such as configuration.* */
  path: string;
  kind: 'dropped' | 'mismatched';
  count: BigInteger;
}

/** Runs over a range of days that somebody has asked for together. */
export interface OpsBackfills {
  backfill_id: Defaulted<string>;
  /** What was asked for: an asset or a job. */
  target: string;
  job: string;
  /** The raw tables that its runs load. */
  assets: readonly string[];
  /** The first UTC day; range_end is the first one behind it. */
  range_start: CalendarDate;
  range_end: CalendarDate;
  /** The logical times of its runs. A run belongs to the backfill that asked for it last. */
  ticks: readonly Date[];
  /** The customers that are loaded; null for all. */
  customers: readonly string[] | null;
  /** The shards that are asked; null for all. */
  shards: readonly string[] | null;
  /** How many of its runs are led at the same time. */
  concurrency: number;
  /** The run that builds, or has built, the models downstream, when all were loaded; null until then. */
  models_run_id: string | null;
  created_at: Defaulted<Timestamp>;
}

/** Sessions of the HTTP API that were logged out before their time, for all processes that serve it. */
export interface OpsEndedSessions {
  /** SHA-256 of the session's id: of no use as a session. */
  session_hash: string;
  /** When the session would have ended anyway, and the row can be forgotten. */
  expires_at: Timestamp;
}

/** How old a source's newest row was when it was looked at. */
export interface OpsFreshnessObservations {
  source: string;
  observed_at: Defaulted<Timestamp>;
  /** Null while the source holds no row. */
  max_loaded_at: Timestamp | null;
  state: 'pass' | 'warn' | 'error';
}

/** The ledger of evaluation results: folders that raw.battery_eval_results holds. */
export interface OpsLoadedFolders {
  algorithm: string;
  folder_date: CalendarDate;
  /** Digest of the parts' keys, ETags and sizes and of the allowlist: another one means that the folder is to be loaded again. */
  fingerprint: string;
  parts: number;
  lines: BigInteger;
  refused_lines: BigInteger;
  /** Rows of the folder whose keys a newer folder holds. If that one loses rows, this folder is loaded again. */
  superseded_rows: Defaulted<BigInteger>;
  run_id: string;
  published_at: Defaulted<Timestamp>;
}

/** Half-open UTC intervals of logical time that an asset holds in full. */
export interface OpsLoadedIntervals {
  asset: string;
  interval_start: Timestamp;
  interval_end: Timestamp;
  run_id: string;
  loaded_at: Defaulted<Timestamp>;
  /** Whether only this interval was asked for, and not what was missing before it too. */
  by_backfill: Defaulted<boolean>;
}

/** One writing of an asset, with what the run has moved of it so far, over all its attempts. A count that does not apply to the asset is null. */
export interface OpsMaterializations {
  materialization_id: GeneratedAlways<string>;
  run_id: string;
  asset: string;
  /** The attempt of the run that wrote the asset. */
  attempt: Defaulted<number>;
  state: 'queued' | 'running' | 'succeeded' | 'partly_failed' | 'failed' | 'skipped' | 'cancelled';
  started_at: Timestamp | null;
  finished_at: Timestamp | null;
  duration_seconds: number | null;
  customers: number | null;
  thermostats: number | null;
  rows_inserted: BigInteger | null;
  rows_updated: BigInteger | null;
  rows_unchanged: BigInteger | null;
  /** Bytes received from the source after decompression. */
  bytes: BigInteger | null;
  requests: BigInteger | null;
  retries: BigInteger | null;
  /** Requests that were made because a faster way was refused. */
  fallbacks: BigInteger | null;
  dropped_fields: BigInteger | null;
  mismatched_fields: BigInteger | null;
  quarantined_rows: BigInteger | null;
  /** Error class to number of failed tasks. */
  errors_by_class: Defaulted<Json>;
  /** Answers that a device reported nothing on the day that was asked for. */
  silent_devices: BigInteger | null;
  /** Customers for whom a faster way was refused. */
  fallback_customers: number | null;
  /** Time that tasks spent on the slower way, summed over the tasks. */
  fallback_seconds: number | null;
  /** Error class of the refusal to number of refusals. */
  fallbacks_by_class: Defaulted<Json>;
}

/** Jobs whose schedules make no runs for the time being. */
export interface OpsPausedJobs {
  job: string;
  paused_at: Defaulted<Timestamp>;
}

/** Rows that could not be stored: where they stood in the listing and why, without their content. */
export interface OpsQuarantine {
  quarantine_id: GeneratedAlways<string>;
  run_id: string;
  asset: string;
  task_key: string | null;
  position: string;
  reason: string;
  created_at: Defaulted<Timestamp>;
}

/** Days that were read in full: how many rows the source held of them then. Another count means that rows came later. */
export interface OpsRecountedDays {
  asset: string;
  day: CalendarDate;
  source_rows: BigInteger;
  run_id: string;
  counted_at: Defaulted<Timestamp>;
}

/** Which process may have how many requests under way at a shard: one a slot. There are as many slots as requests are allowed over all processes. */
export interface OpsRequestLeases {
  shard: string;
  slot: number;
  worker_id: string;
}

/** What happened during runs, in order. Months are partitions, so that old ones can be dropped at once. */
export interface OpsRunEvents {
  event_id: GeneratedAlways<string>;
  run_id: string | null;
  asset: string | null;
  task_key: string | null;
  kind: string;
  detail: Defaulted<Json>;
  occurred_at: Defaulted<Timestamp>;
}

/** One execution of a job for one logical time, with its cause. */
export interface OpsRuns {
  run_id: Defaulted<string>;
  /** Name of the job, such as twelve_hourly_elt. */
  job: string;
  /** Logical time: a tick of the job's cron. */
  scheduled_for: Timestamp;
  cause: 'schedule' | 'backfill' | 'manual' | 'upstream';
  state: 'queued' | 'running' | 'succeeded' | 'partly_failed' | 'failed' | 'cancelled';
  /** How often the run was started, counting from 1; 0 until the first start. */
  attempt: Defaulted<number>;
  /** Why the run ended as it did, or was asked for; never personal data. */
  reason: string | null;
  created_at: Defaulted<Timestamp>;
  started_at: Timestamp | null;
  finished_at: Timestamp | null;
  /** Whether what was loaded before is fetched again. */
  force: Defaulted<boolean>;
  /** When somebody asked for the run to end; the process that leads it ends it. */
  cancel_requested_at: Timestamp | null;
  /** The backfill that asked for the run last. */
  backfill_id: string | null;
  /** When the run of a backfill had loaded what it could. */
  loading_ended_at: Timestamp | null;
  /** Of a run that newer data has caused: raw table to the materialization that brought the data. No two runs of a job are made for the same. */
  built_from: Json | null;
}

/** One asset in a run. */
export interface OpsSteps {
  run_id: string;
  /** The asset's name, such as raw.device_last_updates or staging.stg_last_updates. */
  asset: string;
  kind: 'extract' | 'model';
  state: 'queued' | 'running' | 'succeeded' | 'partly_failed' | 'failed' | 'skipped' | 'cancelled';
  /** Whether all tasks of the step are known. */
  planned: Defaulted<boolean>;
  error_class: string | null;
  /** What failed, without row values and without personal data. */
  error_message: string | null;
  started_at: Timestamp | null;
  finished_at: Timestamp | null;
}

/** One customer's, object's or range's share of a step: the unit of retry. */
export interface OpsTasks {
  task_id: Defaulted<string>;
  run_id: string;
  asset: string;
  /** What the share is, unique within its step, such as shard/customer. */
  task_key: string;
  shard: string | null;
  customer_id: string | null;
  state: 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled';
  /** Fencing token: raised by each worker that takes the task; only the holder of the newest may commit. */
  attempt: Defaulted<number>;
  /** How often the task was tried in the present execution of its run. */
  tries: Defaulted<number>;
  /** Where the task resumes; comes from outside and is kept only while the task is open. */
  cursor: string | null;
  /** Counts that were committed together with the rows they count. */
  counters: Defaulted<Json>;
  error_class: string | null;
  error_message: string | null;
  created_at: Defaulted<Timestamp>;
  started_at: Timestamp | null;
  finished_at: Timestamp | null;
  /** The process that has, or had last, the task in hand. */
  worker_id: string | null;
  /** The announcement in the queue by which it took the task. */
  announcement_id: string | null;
  /** How often a process died that had the task in hand, in the present execution of its run. */
  deaths: Defaulted<number>;
}

/** Append-only: one row a commit and UTC day in which rows of a raw table were inserted or updated. The sum of touches of a day is the day's version. */
export interface OpsTouchedDays {
  touch_id: GeneratedAlways<string>;
  /** Schema and table, such as raw.device_last_updates. */
  table_name: string;
  /** The UTC day of the table's logical time. */
  day: CalendarDate;
  touches: Defaulted<number>;
  run_id: string | null;
  touched_at: Defaulted<Timestamp>;
}

/** Processes that lead runs or work on tasks. One that has not been seen for some seconds counts as dead, and what it had in hand goes to others. */
export interface OpsWorkers {
  worker_id: string;
  host: string;
  pid: number;
  version: string;
  started_at: Defaulted<Timestamp>;
  /** By the clock of this server: those of the workers may differ. */
  seen_at: Defaulted<Timestamp>;
  /** Milliseconds without a sign of life after which the process counts as dead: it keeps to this itself. */
  silent_ms: Defaulted<number>;
}

/** What algorithms predicted for batteries: one row a device, algorithm and time of evaluation. */
export interface RawBatteryEvalResults {
  device_id: string;
  algorithm: string;
  evaluated_at: Timestamp;
  /** Day of the folder that the row was taken from; of several, the newest. */
  folder_date: CalendarDate;
  /** Object that the row was taken from. */
  object_key: string;
  /** Its line there, from 1. */
  line_number: number;
  /** The allowlisted part of the line (battery-eval-results.md). */
  payload: Json;
  /** Wall clock time at which the line was read. */
  observed_at: Timestamp;
  /** The run (ops.runs) that wrote this version of the row. */
  run_id: string;
  /** When this version of the row was written; unchanged rows are not rewritten. */
  loaded_at: Defaulted<Timestamp>;
}

/** Lines of folders that are being read, by the run that reads them; empty otherwise. A folder moves to battery_eval_results in one transaction. */
export interface RawBatteryEvalResultsStage {
  run_id: string;
  algorithm: string;
  folder_date: CalendarDate;
  part_number: number;
  line_number: number;
  evaluated_at: Timestamp;
  device_id: string;
  object_key: string;
  payload: Json;
  observed_at: Timestamp;
  loaded_at: Defaulted<Timestamp>;
}

/** Measurements of batteries, one row each, as the battery database recorded them. */
export interface RawBatteryMeasurements {
  /** The measurement's identifier in the battery database. */
  measurement_id: BigInteger;
  /** When the device measured. */
  measured_at: Timestamp;
  /** When the battery database stored it, possibly days later. */
  recorded_at: Timestamp;
  /** The allowlisted columns of battery_measurement (battery-db.sql). */
  payload: Json;
  /** Wall clock time at which the row was read. */
  observed_at: Timestamp;
  /** The run (ops.runs) that wrote this version of the row. */
  run_id: string;
  /** When this version of the row was written; unchanged rows are not rewritten. */
  loaded_at: Defaulted<Timestamp>;
}

/** Replacements of batteries, one row each, as the battery database recorded them. */
export interface RawBatteryReplacements {
  /** The replacement's identifier in the battery database. */
  replacement_id: BigInteger;
  /** When the battery was replaced. */
  replaced_at: Timestamp;
  /** When the battery database stored it, possibly days later. */
  recorded_at: Timestamp;
  /** The allowlisted columns of battery_replacement (battery-db.sql). */
  payload: Json;
  /** Wall clock time at which the row was read. */
  observed_at: Timestamp;
  /** The run (ops.runs) that wrote this version of the row. */
  run_id: string;
  /** When this version of the row was written; unchanged rows are not rewritten. */
  loaded_at: Defaulted<Timestamp>;
}

/** Aggregates of a metric over a UTC day: one row a device, metric and day. Days are asked for again while devices report late. */
export interface RawDailyAggregates {
  /** The backend's identifier of the device. */
  device_id: string;
  /** What was measured. */
  metric: 'valveMovement' | 'temperature' | 'humidity' | 'batteryVoltage' | 'rssi';
  /** The UTC day that is aggregated. */
  date: CalendarDate;
  /** Host and port of the API shard that answered. */
  shard: string;
  /** The customer on whose behalf the row was asked for. */
  customer_id: string;
  /** The allowlisted part of DailyAggregate (ovis-api.yaml). */
  payload: Json;
  /** Wall clock time at which the answer was received. */
  observed_at: Timestamp;
  /** The run (ops.runs) that wrote this version of the row. */
  run_id: string;
  /** When this version of the row was written; unchanged rows are not rewritten. */
  loaded_at: Defaulted<Timestamp>;
}

/** The last update that the backend held for each device when a run asked: one row a device and run. */
export interface RawDeviceLastUpdates {
  /** The backend's identifier of the device. */
  device_id: string;
  /** Logical time of the run that asked (its scheduledFor), not the wall clock. */
  queried_at: Timestamp;
  /** Host and port of the API shard that answered. */
  shard: string;
  /** The customer whose listing the row was taken from. */
  customer_id: string;
  /** The allowlisted part of DeviceState (ovis-api.yaml). */
  payload: Json;
  /** Wall clock time at which the answer was received. */
  observed_at: Timestamp;
  /** The run (ops.runs) that wrote this version of the row. */
  run_id: string;
  /** When this version of the row was written; unchanged rows are not rewritten. */
  loaded_at: Defaulted<Timestamp>;
}

/** Buildings, floors, rooms and thermostats of each customer when a run asked: one row a node and run. */
export interface RawThermostatHierarchy {
  /** The customer whose hierarchy was asked for. */
  customer_id: string;
  /** The backend's identifier of the node, unique within its customer. */
  node_id: string;
  /** Logical time of the run that asked (its scheduledFor), not the wall clock. */
  queried_at: Timestamp;
  /** Host and port of the API shard that answered. */
  shard: string;
  /** The allowlisted part of HierarchyNode (ovis-api.yaml). */
  payload: Json;
  /** Wall clock time at which the answer was received. */
  observed_at: Timestamp;
  /** The run (ops.runs) that wrote this version of the row. */
  run_id: string;
  /** When this version of the row was written; unchanged rows are not rewritten. */
  loaded_at: Defaulted<Timestamp>;
}

/** The tables of `raw` and `ops`. */
export interface Database {
  'ops.allowlist_drops': OpsAllowlistDrops;
  'ops.backfills': OpsBackfills;
  'ops.ended_sessions': OpsEndedSessions;
  'ops.freshness_observations': OpsFreshnessObservations;
  'ops.loaded_folders': OpsLoadedFolders;
  'ops.loaded_intervals': OpsLoadedIntervals;
  'ops.materializations': OpsMaterializations;
  'ops.paused_jobs': OpsPausedJobs;
  'ops.quarantine': OpsQuarantine;
  'ops.recounted_days': OpsRecountedDays;
  'ops.request_leases': OpsRequestLeases;
  'ops.run_events': OpsRunEvents;
  'ops.runs': OpsRuns;
  'ops.steps': OpsSteps;
  'ops.tasks': OpsTasks;
  'ops.touched_days': OpsTouchedDays;
  'ops.workers': OpsWorkers;
  'raw.battery_eval_results': RawBatteryEvalResults;
  'raw.battery_eval_results_stage': RawBatteryEvalResultsStage;
  'raw.battery_measurements': RawBatteryMeasurements;
  'raw.battery_replacements': RawBatteryReplacements;
  'raw.daily_aggregates': RawDailyAggregates;
  'raw.device_last_updates': RawDeviceLastUpdates;
  'raw.thermostat_hierarchy': RawThermostatHierarchy;
}
