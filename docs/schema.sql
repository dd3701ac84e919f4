-- The schema that the migrations give, read from the catalogs of a migrated database. Generated, do not edit: see migrations/README.md.
-- current_user stands for the login that migrates. Month partitions of raw and ops, and the partitions that pg-boss makes, are not listed.

create role ovis_loader;
create role ovis_modeler;
create role ovis_reader;

create schema marts authorization current_user;
comment on schema marts is 'Gold: what people and dashboards query. Everything here can be rebuilt.';
grant create, usage on schema marts to ovis_modeler;
grant usage on schema marts to ovis_reader;

create schema ops authorization current_user;
comment on schema ops is 'What was done: runs, steps, tasks, loaded intervals, touched days, drops, quarantine, events.';
grant usage on schema ops to ovis_loader;
grant usage on schema ops to ovis_modeler;

create schema pgboss authorization ovis_loader;
comment on schema pgboss is 'The job queue, owned by pg-boss. It only says that something is to be done; ops says what is done.';

create schema raw authorization current_user;
comment on schema raw is 'Bronze: what the sources said, as allowlisted JSON documents. Written by the raw loader only.';
grant create, usage on schema raw to ovis_loader;
grant usage on schema raw to ovis_modeler;

create schema seeds authorization current_user;
comment on schema seeds is 'Small tables loaded from the CSV files of the dbt project in models/.';
grant create, usage on schema seeds to ovis_modeler;

create schema staging authorization current_user;
comment on schema staging is 'Silver: typed views and tables of the dbt project in models/. Everything here can be rebuilt.';
grant create, usage on schema staging to ovis_modeler;

create type pgboss.job_state as enum ('created', 'retry', 'active', 'completed', 'cancelled', 'failed'); -- owner: ovis_loader

create table ops.allowlist_drops (
  run_id uuid not null,
  asset text not null,
  path text not null,
  kind text not null,
  count bigint not null,
  constraint allowlist_drops_pkey PRIMARY KEY (run_id, asset, path, kind),
  constraint allowlist_drops_run_fkey FOREIGN KEY (run_id) REFERENCES ops.runs(run_id) ON DELETE CASCADE,
  constraint allowlist_drops_count_not_negative CHECK ((count >= 0)),
  constraint allowlist_drops_kind_known CHECK ((kind = ANY (ARRAY['dropped'::text, 'mismatched'::text])))
);
alter table ops.allowlist_drops owner to current_user;
comment on table ops.allowlist_drops is 'How many fields the allowlist kept out, by path; never their names where those are not ours, never their values.';
comment on column ops.allowlist_drops.path is 'Named field, or the parent of unnamed ones such as configuration.*';
grant delete, insert, select, update on ops.allowlist_drops to ovis_loader;

create table ops.backfills (
  backfill_id uuid not null default gen_random_uuid(),
  target text not null,
  job text not null,
  assets text[] not null,
  range_start date not null,
  range_end date not null,
  ticks timestamp with time zone[] not null,
  customers text[],
  shards text[],
  concurrency integer not null,
  models_run_id uuid,
  created_at timestamp with time zone not null default now(),
  constraint backfills_pkey PRIMARY KEY (backfill_id),
  constraint backfills_concurrency_positive CHECK ((concurrency > 0)),
  constraint backfills_range_not_empty CHECK ((range_end > range_start))
);
alter table ops.backfills owner to current_user;
comment on table ops.backfills is 'Runs over a range of days that somebody has asked for together.';
comment on column ops.backfills.target is 'What was asked for: an asset or a job.';
comment on column ops.backfills.assets is 'The raw tables that its runs load.';
comment on column ops.backfills.range_start is 'The first UTC day; range_end is the first one behind it.';
comment on column ops.backfills.ticks is 'The logical times of its runs. A run belongs to the backfill that asked for it last.';
comment on column ops.backfills.customers is 'The customers that are loaded; null for all.';
comment on column ops.backfills.shards is 'The shards that are asked; null for all.';
comment on column ops.backfills.concurrency is 'How many of its runs are led at the same time.';
comment on column ops.backfills.models_run_id is 'The run that builds, or has built, the models downstream, when all were loaded; null until then.';
grant delete, insert, select, update on ops.backfills to ovis_loader;

create table ops.ended_sessions (
  session_hash text not null,
  expires_at timestamp with time zone not null,
  constraint ended_sessions_pkey PRIMARY KEY (session_hash)
);
alter table ops.ended_sessions owner to current_user;
comment on table ops.ended_sessions is 'Sessions of the HTTP API that were logged out before their time, for all processes that serve it.';
comment on column ops.ended_sessions.session_hash is 'SHA-256 of the session''s id: of no use as a session.';
comment on column ops.ended_sessions.expires_at is 'When the session would have ended anyway, and the row can be forgotten.';
grant delete, insert, select, update on ops.ended_sessions to ovis_loader;

create table ops.freshness_observations (
  source text not null,
  observed_at timestamp with time zone not null default now(),
  max_loaded_at timestamp with time zone,
  state text not null,
  constraint freshness_observations_pkey PRIMARY KEY (source, observed_at),
  constraint freshness_observations_state_known CHECK ((state = ANY (ARRAY['pass'::text, 'warn'::text, 'error'::text])))
);
alter table ops.freshness_observations owner to current_user;
comment on table ops.freshness_observations is 'How old a source''s newest row was when it was looked at.';
comment on column ops.freshness_observations.max_loaded_at is 'Null while the source holds no row.';
grant delete, insert, select, update on ops.freshness_observations to ovis_loader;

create table ops.loaded_folders (
  algorithm text not null,
  folder_date date not null,
  fingerprint text not null,
  parts integer not null,
  lines bigint not null,
  refused_lines bigint not null,
  superseded_rows bigint not null default 0,
  run_id uuid not null,
  published_at timestamp with time zone not null default now(),
  constraint loaded_folders_pkey PRIMARY KEY (algorithm, folder_date)
);
alter table ops.loaded_folders owner to current_user;
comment on table ops.loaded_folders is 'The ledger of evaluation results: folders that raw.battery_eval_results holds.';
comment on column ops.loaded_folders.fingerprint is 'Digest of the parts'' keys, ETags and sizes and of the allowlist: another one means that the folder is to be loaded again.';
comment on column ops.loaded_folders.superseded_rows is 'Rows of the folder whose keys a newer folder holds. If that one loses rows, this folder is loaded again.';
grant delete, insert, select, update on ops.loaded_folders to ovis_loader;

create table ops.loaded_intervals (
  asset text not null,
  interval_start timestamp with time zone not null,
  interval_end timestamp with time zone not null,
  run_id uuid not null,
  loaded_at timestamp with time zone not null default now(),
  by_backfill boolean not null default false,
  constraint loaded_intervals_pkey PRIMARY KEY (asset, interval_start),
  constraint loaded_intervals_not_empty CHECK ((interval_end > interval_start))
);
alter table ops.loaded_intervals owner to current_user;
comment on table ops.loaded_intervals is 'Half-open UTC intervals of logical time that an asset holds in full.';
comment on column ops.loaded_intervals.by_backfill is 'Whether only this interval was asked for, and not what was missing before it too.';
grant delete, insert, select, update on ops.loaded_intervals to ovis_loader;

create table ops.materializations (
  materialization_id bigint not null generated always as identity,
  run_id uuid not null,
  asset text not null,
  attempt integer not null default 0,
  state text not null,
  started_at timestamp with time zone,
  finished_at timestamp with time zone,
  duration_seconds double precision,
  customers integer,
  thermostats integer,
  rows_inserted bigint,
  rows_updated bigint,
  rows_unchanged bigint,
  bytes bigint,
  requests bigint,
  retries bigint,
  fallbacks bigint,
  dropped_fields bigint,
  mismatched_fields bigint,
  quarantined_rows bigint,
  errors_by_class jsonb not null default '{}'::jsonb,
  silent_devices bigint,
  fallback_customers integer,
  fallback_seconds double precision,
  fallbacks_by_class jsonb not null default '{}'::jsonb,
  constraint materializations_pkey PRIMARY KEY (materialization_id),
  constraint materializations_run_fkey FOREIGN KEY (run_id) REFERENCES ops.runs(run_id) ON DELETE CASCADE,
  constraint materializations_errors_is_object CHECK ((jsonb_typeof(errors_by_class) = 'object'::text)),
  constraint materializations_fallbacks_is_object CHECK ((jsonb_typeof(fallbacks_by_class) = 'object'::text)),
  constraint materializations_state_known CHECK ((state = ANY (ARRAY['queued'::text, 'running'::text, 'succeeded'::text, 'partly_failed'::text, 'failed'::text, 'skipped'::text, 'cancelled'::text])))
);
alter table ops.materializations owner to current_user;
CREATE INDEX materializations_asset_idx ON ops.materializations USING btree (asset, finished_at DESC);
CREATE INDEX materializations_data_idx ON ops.materializations USING btree (asset, materialization_id DESC) WHERE (state = ANY (ARRAY['succeeded'::text, 'partly_failed'::text]));
CREATE INDEX materializations_run_idx ON ops.materializations USING btree (run_id, asset);
comment on table ops.materializations is 'One writing of an asset, with what the run has moved of it so far, over all its attempts. A count that does not apply to the asset is null.';
comment on column ops.materializations.attempt is 'The attempt of the run that wrote the asset.';
comment on column ops.materializations.bytes is 'Bytes received from the source after decompression.';
comment on column ops.materializations.fallbacks is 'Requests that were made because a faster way was refused.';
comment on column ops.materializations.errors_by_class is 'Error class to number of failed tasks.';
comment on column ops.materializations.silent_devices is 'Answers that a device reported nothing on the day that was asked for.';
comment on column ops.materializations.fallback_customers is 'Customers for whom a faster way was refused.';
comment on column ops.materializations.fallback_seconds is 'Time that tasks spent on the slower way, summed over the tasks.';
comment on column ops.materializations.fallbacks_by_class is 'Error class of the refusal to number of refusals.';
grant delete, insert, select, update on ops.materializations to ovis_loader;

create table ops.paused_jobs (
  job text not null,
  paused_at timestamp with time zone not null default now(),
  constraint paused_jobs_pkey PRIMARY KEY (job)
);
alter table ops.paused_jobs owner to current_user;
comment on table ops.paused_jobs is 'Jobs whose schedules make no runs for the time being.';
grant delete, insert, select, update on ops.paused_jobs to ovis_loader;

create table ops.quarantine (
  quarantine_id bigint not null generated always as identity,
  run_id uuid not null,
  asset text not null,
  task_key text,
  position text not null,
  reason text not null,
  created_at timestamp with time zone not null default now(),
  constraint quarantine_pkey PRIMARY KEY (quarantine_id),
  constraint quarantine_run_fkey FOREIGN KEY (run_id) REFERENCES ops.runs(run_id) ON DELETE CASCADE
);
alter table ops.quarantine owner to current_user;
CREATE INDEX quarantine_run_idx ON ops.quarantine USING btree (run_id, asset);
comment on table ops.quarantine is 'Rows that could not be stored: where they stood in the listing and why, without their content.';
grant delete, insert, select, update on ops.quarantine to ovis_loader;

create table ops.recounted_days (
  asset text not null,
  day date not null,
  source_rows bigint not null,
  run_id uuid not null,
  counted_at timestamp with time zone not null default now(),
  constraint recounted_days_pkey PRIMARY KEY (asset, day)
);
alter table ops.recounted_days owner to current_user;
comment on table ops.recounted_days is 'Days that were read in full: how many rows the source held of them then. Another count means that rows came later.';
grant delete, insert, select, update on ops.recounted_days to ovis_loader;

create table ops.request_leases (
  shard text not null,
  slot integer not null,
  worker_id uuid not null,
  constraint request_leases_pkey PRIMARY KEY (shard, slot),
  constraint request_leases_worker_fkey FOREIGN KEY (worker_id) REFERENCES ops.workers(worker_id) ON DELETE CASCADE,
  constraint request_leases_slot_positive CHECK ((slot > 0))
);
alter table ops.request_leases owner to current_user;
CREATE INDEX request_leases_worker_idx ON ops.request_leases USING btree (worker_id);
comment on table ops.request_leases is 'Which process may have how many requests under way at a shard: one a slot. There are as many slots as requests are allowed over all processes.';
grant delete, insert, select, update on ops.request_leases to ovis_loader;

create table ops.run_events (
  event_id bigint not null generated always as identity,
  run_id uuid,
  asset text,
  task_key text,
  kind text not null,
  detail jsonb not null default '{}'::jsonb,
  occurred_at timestamp with time zone not null default now(),
  constraint run_events_pkey PRIMARY KEY (event_id, occurred_at),
  constraint run_events_detail_is_object CHECK ((jsonb_typeof(detail) = 'object'::text))
) partition by RANGE (occurred_at);
alter table ops.run_events owner to current_user;
CREATE INDEX run_events_occurred_at_idx ON ONLY ops.run_events USING btree (occurred_at);
CREATE INDEX run_events_run_idx ON ONLY ops.run_events USING btree (run_id, occurred_at);
comment on table ops.run_events is 'What happened during runs, in order. Months are partitions, so that old ones can be dropped at once.';
grant delete, insert, select, update on ops.run_events to ovis_loader;

create table ops.run_events_default partition of ops.run_events DEFAULT;
alter table ops.run_events_default owner to current_user;
grant delete, insert, select, update on ops.run_events_default to ovis_loader;

create table ops.runs (
  run_id uuid not null default gen_random_uuid(),
  job text not null,
  scheduled_for timestamp with time zone not null,
  cause text not null,
  state text not null,
  attempt integer not null default 0,
  reason text,
  created_at timestamp with time zone not null default now(),
  started_at timestamp with time zone,
  finished_at timestamp with time zone,
  force boolean not null default false,
  cancel_requested_at timestamp with time zone,
  backfill_id uuid,
  loading_ended_at timestamp with time zone,
  built_from jsonb,
  constraint runs_logical_key UNIQUE (job, scheduled_for, cause),
  constraint runs_pkey PRIMARY KEY (run_id),
  constraint runs_backfill_fkey FOREIGN KEY (backfill_id) REFERENCES ops.backfills(backfill_id) ON DELETE SET NULL,
  constraint runs_attempt_not_negative CHECK ((attempt >= 0)),
  constraint runs_built_from_is_object CHECK ((jsonb_typeof(built_from) = 'object'::text)),
  constraint runs_cause_known CHECK ((cause = ANY (ARRAY['schedule'::text, 'backfill'::text, 'manual'::text, 'upstream'::text]))),
  constraint runs_state_known CHECK ((state = ANY (ARRAY['queued'::text, 'running'::text, 'succeeded'::text, 'partly_failed'::text, 'failed'::text, 'cancelled'::text]))),
  constraint runs_upstream_says_from_what CHECK (((cause <> 'upstream'::text) OR (built_from IS NOT NULL)))
);
alter table ops.runs owner to current_user;
CREATE INDEX runs_backfill_idx ON ops.runs USING btree (backfill_id) WHERE (backfill_id IS NOT NULL);
CREATE UNIQUE INDEX runs_built_from_key ON ops.runs USING btree (job, built_from) WHERE (cause = 'upstream'::text);
CREATE INDEX runs_finished_at_idx ON ops.runs USING btree (finished_at);
CREATE INDEX runs_open_idx ON ops.runs USING btree (job, scheduled_for) WHERE (state = ANY (ARRAY['queued'::text, 'running'::text]));
comment on table ops.runs is 'One execution of a job for one logical time, with its cause.';
comment on column ops.runs.job is 'Name of the job, such as twelve_hourly_elt.';
comment on column ops.runs.scheduled_for is 'Logical time: a tick of the job''s cron.';
comment on column ops.runs.attempt is 'How often the run was started, counting from 1; 0 until the first start.';
comment on column ops.runs.reason is 'Why the run ended as it did, or was asked for; never personal data.';
comment on column ops.runs.force is 'Whether what was loaded before is fetched again.';
comment on column ops.runs.cancel_requested_at is 'When somebody asked for the run to end; the process that leads it ends it.';
comment on column ops.runs.backfill_id is 'The backfill that asked for the run last.';
comment on column ops.runs.loading_ended_at is 'When the run of a backfill had loaded what it could.';
comment on column ops.runs.built_from is 'Of a run that newer data has caused: raw table to the materialization that brought the data. No two runs of a job are made for the same.';
grant delete, insert, select, update on ops.runs to ovis_loader;

create table ops.steps (
  run_id uuid not null,
  asset text not null,
  kind text not null,
  state text not null,
  planned boolean not null default false,
  error_class text,
  error_message text,
  started_at timestamp with time zone,
  finished_at timestamp with time zone,
  constraint steps_pkey PRIMARY KEY (run_id, asset),
  constraint steps_run_fkey FOREIGN KEY (run_id) REFERENCES ops.runs(run_id) ON DELETE CASCADE,
  constraint steps_kind_known CHECK ((kind = ANY (ARRAY['extract'::text, 'model'::text]))),
  constraint steps_state_known CHECK ((state = ANY (ARRAY['queued'::text, 'running'::text, 'succeeded'::text, 'partly_failed'::text, 'failed'::text, 'skipped'::text, 'cancelled'::text])))
);
alter table ops.steps owner to current_user;
comment on table ops.steps is 'One asset in a run.';
comment on column ops.steps.asset is 'The asset''s name, such as raw.device_last_updates or staging.stg_last_updates.';
comment on column ops.steps.planned is 'Whether all tasks of the step are known.';
comment on column ops.steps.error_message is 'What failed, without row values and without personal data.';
grant delete, insert, select, update on ops.steps to ovis_loader;

create table ops.tasks (
  task_id uuid not null default gen_random_uuid(),
  run_id uuid not null,
  asset text not null,
  task_key text not null,
  shard text,
  customer_id text,
  state text not null,
  attempt integer not null default 0,
  tries integer not null default 0,
  cursor text,
  counters jsonb not null default '{}'::jsonb,
  error_class text,
  error_message text,
  created_at timestamp with time zone not null default now(),
  started_at timestamp with time zone,
  finished_at timestamp with time zone,
  worker_id uuid,
  announcement_id uuid,
  deaths integer not null default 0,
  constraint tasks_logical_key UNIQUE (run_id, asset, task_key),
  constraint tasks_pkey PRIMARY KEY (task_id),
  constraint tasks_step_fkey FOREIGN KEY (run_id, asset) REFERENCES ops.steps(run_id, asset) ON DELETE CASCADE,
  constraint tasks_attempt_not_negative CHECK ((attempt >= 0)),
  constraint tasks_counters_is_object CHECK ((jsonb_typeof(counters) = 'object'::text)),
  constraint tasks_cursor_only_while_open CHECK (((cursor IS NULL) OR (state = ANY (ARRAY['queued'::text, 'running'::text])))),
  constraint tasks_deaths_not_negative CHECK ((deaths >= 0)),
  constraint tasks_state_known CHECK ((state = ANY (ARRAY['queued'::text, 'running'::text, 'succeeded'::text, 'failed'::text, 'cancelled'::text]))),
  constraint tasks_tries_not_negative CHECK ((tries >= 0))
);
alter table ops.tasks owner to current_user;
CREATE INDEX tasks_in_hand_idx ON ops.tasks USING btree (worker_id) WHERE (state = 'running'::text);
CREATE INDEX tasks_open_idx ON ops.tasks USING btree (run_id, asset) WHERE (state = ANY (ARRAY['queued'::text, 'running'::text]));
comment on table ops.tasks is 'One customer''s, object''s or range''s share of a step: the unit of retry.';
comment on column ops.tasks.task_key is 'What the share is, unique within its step, such as shard/customer.';
comment on column ops.tasks.attempt is 'Fencing token: raised by each worker that takes the task; only the holder of the newest may commit.';
comment on column ops.tasks.tries is 'How often the task was tried in the present execution of its run.';
comment on column ops.tasks.cursor is 'Where the task resumes; comes from outside and is kept only while the task is open.';
comment on column ops.tasks.counters is 'Counts that were committed together with the rows they count.';
comment on column ops.tasks.worker_id is 'The process that has, or had last, the task in hand.';
comment on column ops.tasks.announcement_id is 'The announcement in the queue by which it took the task.';
comment on column ops.tasks.deaths is 'How often a process died that had the task in hand, in the present execution of its run.';
grant delete, insert, select, update on ops.tasks to ovis_loader;

create table ops.touched_days (
  touch_id bigint not null generated always as identity,
  table_name text not null,
  day date not null,
  touches integer not null default 1,
  run_id uuid,
  touched_at timestamp with time zone not null default now(),
  constraint touched_days_pkey PRIMARY KEY (touch_id),
  constraint touched_days_touches_positive CHECK ((touches > 0))
);
alter table ops.touched_days owner to current_user;
CREATE INDEX touched_days_table_day_idx ON ops.touched_days USING btree (table_name, day) INCLUDE (touches);
comment on table ops.touched_days is 'Append-only: one row a commit and UTC day in which rows of a raw table were inserted or updated. The sum of touches of a day is the day''s version.';
comment on column ops.touched_days.table_name is 'Schema and table, such as raw.device_last_updates.';
comment on column ops.touched_days.day is 'The UTC day of the table''s logical time.';
grant insert, select on ops.touched_days to ovis_loader;
grant select on ops.touched_days to ovis_modeler;

create table ops.workers (
  worker_id uuid not null,
  host text not null,
  pid integer not null,
  version text not null,
  started_at timestamp with time zone not null default now(),
  seen_at timestamp with time zone not null default now(),
  silent_ms integer not null default 8000,
  constraint workers_pkey PRIMARY KEY (worker_id),
  constraint workers_silent_positive CHECK ((silent_ms > 0))
);
alter table ops.workers owner to current_user;
comment on table ops.workers is 'Processes that lead runs or work on tasks. One that has not been seen for some seconds counts as dead, and what it had in hand goes to others.';
comment on column ops.workers.seen_at is 'By the clock of this server: those of the workers may differ.';
comment on column ops.workers.silent_ms is 'Milliseconds without a sign of life after which the process counts as dead: it keeps to this itself.';
grant delete, insert, select, update on ops.workers to ovis_loader;

create table pgboss.bam (
  id uuid not null default gen_random_uuid(),
  name text not null,
  version integer not null,
  status text not null default 'pending'::text,
  queue text,
  table_name text not null,
  command text not null,
  error text,
  created_on timestamp with time zone not null default clock_timestamp(),
  started_on timestamp with time zone,
  completed_on timestamp with time zone,
  constraint bam_pkey PRIMARY KEY (id)
);
alter table pgboss.bam owner to ovis_loader;

create table pgboss.instance (
  id uuid not null,
  name text,
  host text not null,
  pid integer not null,
  version text not null,
  node_version text not null,
  application_name text,
  heartbeat_seconds integer not null,
  supervise boolean not null,
  schedule boolean not null,
  migrate boolean not null,
  persist_queue_stats boolean not null,
  persist_warnings boolean not null,
  pool_max integer,
  pool_total integer,
  pool_idle integer,
  pool_waiting integer,
  workers jsonb not null default '[]'::jsonb,
  metrics jsonb,
  config jsonb not null default '{}'::jsonb,
  crash_restarts integer not null default 0,
  crash_restarts_since timestamp with time zone,
  started_on timestamp with time zone not null default now(),
  heartbeat_on timestamp with time zone not null default now(),
  stopped_on timestamp with time zone,
  constraint instance_pkey PRIMARY KEY (id)
);
alter table pgboss.instance owner to ovis_loader;

create table pgboss.job (
  id uuid not null default gen_random_uuid(),
  name text not null,
  priority integer not null default 0,
  data jsonb,
  state pgboss.job_state not null default 'created'::pgboss.job_state,
  retry_limit integer not null default 2,
  retry_count integer not null default 0,
  retry_delay integer not null default 0,
  retry_backoff boolean not null default false,
  retry_delay_max integer,
  expire_seconds integer not null default 900,
  deletion_seconds integer not null default 604800,
  singleton_key text,
  singleton_on timestamp without time zone,
  group_id text,
  group_tier text,
  start_after timestamp with time zone not null default now(),
  created_on timestamp with time zone not null default now(),
  started_on timestamp with time zone,
  completed_on timestamp with time zone,
  keep_until timestamp with time zone not null default (now() + '336:00:00'::interval),
  output jsonb,
  dead_letter text,
  policy text,
  heartbeat_on timestamp with time zone,
  heartbeat_seconds integer,
  blocked boolean not null default false,
  blocking boolean not null default false,
  pending_dependencies integer not null default 0,
  source_name text,
  source_id uuid,
  source_created_on timestamp with time zone,
  source_retry_count integer,
  source_output jsonb,
  source_root_id uuid,
  trace_context jsonb,
  upsert_by_key boolean,
  constraint job_pkey PRIMARY KEY (name, id)
) partition by LIST (name);
alter table pgboss.job owner to ovis_loader;

create table pgboss.job_common partition of pgboss.job (constraint dlq_fkey FOREIGN KEY (dead_letter) REFERENCES pgboss.queue(name) ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED, constraint q_fkey FOREIGN KEY (name) REFERENCES pgboss.queue(name) ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED, constraint job_key_strict_fifo_singleton_key_check CHECK ((NOT ((policy = 'key_strict_fifo'::text) AND (singleton_key IS NULL))))) DEFAULT;
alter table pgboss.job_common owner to ovis_loader;
CREATE UNIQUE INDEX job_common_i1 ON pgboss.job_common USING btree (name, COALESCE(singleton_key, ''::text)) WHERE ((state = 'created'::pgboss.job_state) AND (policy = 'short'::text));
CREATE INDEX job_common_i10 ON pgboss.job_common USING btree (name, singleton_key, state DESC, created_on, id) INCLUDE (start_after) WHERE ((state < 'active'::pgboss.job_state) AND (NOT blocked) AND (policy = 'key_strict_fifo'::text));
CREATE INDEX job_common_i11 ON pgboss.job_common USING btree (name, priority DESC, created_on, start_after) WHERE ((state < 'active'::pgboss.job_state) AND (NOT blocked));
CREATE INDEX job_common_i12 ON pgboss.job_common USING btree (source_root_id) WHERE (source_root_id IS NOT NULL);
CREATE UNIQUE INDEX job_common_i13 ON pgboss.job_common USING btree (name, singleton_key) WHERE ((state = 'created'::pgboss.job_state) AND upsert_by_key);
CREATE INDEX job_common_i14 ON pgboss.job_common USING btree (name, state, blocked, start_after) WHERE (state = ANY (ARRAY['created'::pgboss.job_state, 'retry'::pgboss.job_state, 'active'::pgboss.job_state, 'failed'::pgboss.job_state]));
CREATE INDEX job_common_i15 ON pgboss.job_common USING btree (name, created_on);
CREATE INDEX job_common_i16 ON pgboss.job_common USING btree (name, completed_on) WHERE (completed_on IS NOT NULL);
CREATE INDEX job_common_i17 ON pgboss.job_common USING btree (name, singleton_key, created_on) WHERE ((state < 'active'::pgboss.job_state) AND (singleton_key IS NOT NULL));
CREATE UNIQUE INDEX job_common_i2 ON pgboss.job_common USING btree (name, COALESCE(singleton_key, ''::text)) WHERE ((state = 'active'::pgboss.job_state) AND (policy = 'singleton'::text));
CREATE UNIQUE INDEX job_common_i3 ON pgboss.job_common USING btree (name, state, COALESCE(singleton_key, ''::text)) WHERE ((state <= 'active'::pgboss.job_state) AND (policy = 'stately'::text));
CREATE UNIQUE INDEX job_common_i4 ON pgboss.job_common USING btree (name, singleton_on, COALESCE(singleton_key, ''::text)) WHERE ((state <> 'cancelled'::pgboss.job_state) AND (singleton_on IS NOT NULL));
CREATE UNIQUE INDEX job_common_i6 ON pgboss.job_common USING btree (name, COALESCE(singleton_key, ''::text)) WHERE ((state <= 'active'::pgboss.job_state) AND (policy = 'exclusive'::text));
CREATE INDEX job_common_i7 ON pgboss.job_common USING btree (name, group_id) WHERE ((state = 'active'::pgboss.job_state) AND (group_id IS NOT NULL));
CREATE UNIQUE INDEX job_common_i8 ON pgboss.job_common USING btree (name, singleton_key) WHERE ((state = ANY (ARRAY['active'::pgboss.job_state, 'retry'::pgboss.job_state, 'failed'::pgboss.job_state])) AND (policy = 'key_strict_fifo'::text));
CREATE INDEX job_common_i9 ON pgboss.job_common USING btree (name, id) WHERE (blocking AND (state = 'completed'::pgboss.job_state));

create table pgboss.job_dependency (
  child_name text not null,
  child_id uuid not null,
  parent_name text not null,
  parent_id uuid not null,
  constraint job_dependency_pkey PRIMARY KEY (child_name, child_id, parent_name, parent_id)
);
alter table pgboss.job_dependency owner to ovis_loader;
CREATE INDEX job_dep_parent_idx ON pgboss.job_dependency USING btree (parent_name, parent_id);

create table pgboss.queue (
  name text not null,
  policy text not null,
  retry_limit integer not null,
  retry_delay integer not null,
  retry_backoff boolean not null,
  retry_delay_max integer,
  expire_seconds integer not null,
  retention_seconds integer not null,
  deletion_seconds integer not null,
  dead_letter text,
  partition boolean not null,
  table_name text not null,
  deferred_count integer not null default 0,
  blocked_count integer not null default 0,
  queued_count integer not null default 0,
  ready_count integer not null default 0,
  warning_queued integer not null default 0,
  active_count integer not null default 0,
  failed_count integer not null default 0,
  total_count integer not null default 0,
  retained_count integer,
  retained_on timestamp with time zone,
  created_delta integer not null default 0,
  completed_delta integer not null default 0,
  failed_delta integer not null default 0,
  delta_on timestamp with time zone,
  delta_seconds integer,
  wait_bins integer[],
  run_bins integer[],
  ready_oldest_seconds integer,
  ready_history integer[] not null default '{}'::integer[],
  heartbeat_seconds integer,
  notify boolean not null default false,
  singletons_active text[],
  monitor_claim_on timestamp with time zone,
  monitor_on timestamp with time zone,
  maintain_on timestamp with time zone,
  created_on timestamp with time zone not null default now(),
  updated_on timestamp with time zone not null default now(),
  constraint queue_pkey PRIMARY KEY (name),
  constraint queue_dead_letter_fkey FOREIGN KEY (dead_letter) REFERENCES pgboss.queue(name),
  constraint queue_check CHECK ((dead_letter IS DISTINCT FROM name))
);
alter table pgboss.queue owner to ovis_loader;

create table pgboss.queue_stats (
  id uuid not null default gen_random_uuid(),
  name text not null,
  deferred_count integer not null default 0,
  queued_count integer not null default 0,
  ready_count integer not null default 0,
  active_count integer not null default 0,
  failed_count integer not null default 0,
  total_count integer not null default 0,
  created_delta integer,
  completed_delta integer,
  failed_delta integer,
  delta_seconds integer,
  delta_on timestamp with time zone,
  wait_bins integer[],
  run_bins integer[],
  ready_oldest_seconds integer,
  captured_on timestamp with time zone not null default now(),
  constraint queue_stats_pkey PRIMARY KEY (id, captured_on)
) partition by RANGE (captured_on);
alter table pgboss.queue_stats owner to ovis_loader;
CREATE INDEX queue_stats_i1 ON ONLY pgboss.queue_stats USING btree (name, captured_on DESC) INCLUDE (deferred_count, queued_count, ready_count, active_count, failed_count, total_count);

create table pgboss.schedule (
  name text not null,
  key text not null default ''::text,
  kind text not null default 'cron'::text,
  cron text not null,
  timezone text default 'UTC'::text,
  data jsonb,
  options jsonb,
  created_on timestamp with time zone not null default now(),
  updated_on timestamp with time zone not null default now(),
  last_job_id uuid,
  constraint schedule_pkey PRIMARY KEY (name, key),
  constraint schedule_name_fkey FOREIGN KEY (name) REFERENCES pgboss.queue(name) ON DELETE CASCADE,
  constraint schedule_kind_check CHECK ((kind = ANY (ARRAY['cron'::text, 'rrule'::text])))
);
alter table pgboss.schedule owner to ovis_loader;

create table pgboss.subscription (
  event text not null,
  name text not null,
  created_on timestamp with time zone not null default now(),
  updated_on timestamp with time zone not null default now(),
  constraint subscription_pkey PRIMARY KEY (event, name),
  constraint subscription_name_fkey FOREIGN KEY (name) REFERENCES pgboss.queue(name) ON DELETE CASCADE
);
alter table pgboss.subscription owner to ovis_loader;

create table pgboss.version (
  version integer not null,
  cron_on timestamp with time zone,
  bam_on timestamp with time zone,
  flow_on timestamp with time zone,
  reindex_on timestamp with time zone,
  monitor_backoff_on timestamp with time zone,
  constraint version_pkey PRIMARY KEY (version)
);
alter table pgboss.version owner to ovis_loader;

create table pgboss.warning (
  id uuid not null default gen_random_uuid(),
  type text not null,
  message text not null,
  data jsonb,
  created_on timestamp with time zone not null default now(),
  constraint warning_pkey PRIMARY KEY (id)
);
alter table pgboss.warning owner to ovis_loader;
CREATE INDEX warning_i1 ON pgboss.warning USING btree (created_on DESC);

create table raw.battery_eval_results (
  device_id text not null,
  algorithm text not null,
  evaluated_at timestamp with time zone not null,
  folder_date date not null,
  object_key text not null,
  line_number integer not null,
  payload jsonb not null,
  observed_at timestamp with time zone not null,
  run_id uuid not null,
  loaded_at timestamp with time zone not null default now(),
  constraint battery_eval_results_pkey PRIMARY KEY (device_id, algorithm, evaluated_at),
  constraint battery_eval_results_payload_is_object CHECK ((jsonb_typeof(payload) = 'object'::text))
) partition by RANGE (evaluated_at);
alter table raw.battery_eval_results owner to ovis_loader;
CREATE INDEX battery_eval_results_evaluated_at_idx ON ONLY raw.battery_eval_results USING brin (evaluated_at) WITH (autosummarize='on');
CREATE INDEX battery_eval_results_folder_idx ON ONLY raw.battery_eval_results USING btree (algorithm, folder_date);
comment on table raw.battery_eval_results is 'What algorithms predicted for batteries: one row a device, algorithm and time of evaluation.';
comment on column raw.battery_eval_results.folder_date is 'Day of the folder that the row was taken from; of several, the newest.';
comment on column raw.battery_eval_results.object_key is 'Object that the row was taken from.';
comment on column raw.battery_eval_results.line_number is 'Its line there, from 1.';
comment on column raw.battery_eval_results.payload is 'The allowlisted part of the line (battery-eval-results.md).';
comment on column raw.battery_eval_results.observed_at is 'Wall clock time at which the line was read.';
comment on column raw.battery_eval_results.run_id is 'The run (ops.runs) that wrote this version of the row.';
comment on column raw.battery_eval_results.loaded_at is 'When this version of the row was written; unchanged rows are not rewritten.';
grant select on raw.battery_eval_results to ovis_modeler;

create table raw.battery_eval_results_stage (
  run_id uuid not null,
  algorithm text not null,
  folder_date date not null,
  part_number integer not null,
  line_number integer not null,
  evaluated_at timestamp with time zone not null,
  device_id text not null,
  object_key text not null,
  payload jsonb not null,
  observed_at timestamp with time zone not null,
  loaded_at timestamp with time zone not null default now(),
  constraint battery_eval_results_stage_pkey PRIMARY KEY (run_id, algorithm, folder_date, part_number, line_number, evaluated_at)
);
alter table raw.battery_eval_results_stage owner to ovis_loader;
comment on table raw.battery_eval_results_stage is 'Lines of folders that are being read, by the run that reads them; empty otherwise. A folder moves to battery_eval_results in one transaction.';

create table raw.battery_measurements (
  measurement_id bigint not null,
  measured_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  payload jsonb not null,
  observed_at timestamp with time zone not null,
  run_id uuid not null,
  loaded_at timestamp with time zone not null default now(),
  constraint battery_measurements_pkey PRIMARY KEY (measurement_id, measured_at),
  constraint battery_measurements_payload_is_object CHECK ((jsonb_typeof(payload) = 'object'::text))
) partition by RANGE (measured_at);
alter table raw.battery_measurements owner to ovis_loader;
CREATE INDEX battery_measurements_measured_at_idx ON ONLY raw.battery_measurements USING brin (measured_at) WITH (autosummarize='on');
CREATE INDEX battery_measurements_recorded_at_idx ON ONLY raw.battery_measurements USING brin (recorded_at) WITH (autosummarize='on');
comment on table raw.battery_measurements is 'Measurements of batteries, one row each, as the battery database recorded them.';
comment on column raw.battery_measurements.measurement_id is 'The measurement''s identifier in the battery database.';
comment on column raw.battery_measurements.measured_at is 'When the device measured.';
comment on column raw.battery_measurements.recorded_at is 'When the battery database stored it, possibly days later.';
comment on column raw.battery_measurements.payload is 'The allowlisted columns of battery_measurement (battery-db.sql).';
comment on column raw.battery_measurements.observed_at is 'Wall clock time at which the row was read.';
comment on column raw.battery_measurements.run_id is 'The run (ops.runs) that wrote this version of the row.';
comment on column raw.battery_measurements.loaded_at is 'When this version of the row was written; unchanged rows are not rewritten.';
grant select on raw.battery_measurements to ovis_modeler;

create table raw.battery_replacements (
  replacement_id bigint not null,
  replaced_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  payload jsonb not null,
  observed_at timestamp with time zone not null,
  run_id uuid not null,
  loaded_at timestamp with time zone not null default now(),
  constraint battery_replacements_pkey PRIMARY KEY (replacement_id),
  constraint battery_replacements_payload_is_object CHECK ((jsonb_typeof(payload) = 'object'::text))
);
alter table raw.battery_replacements owner to ovis_loader;
CREATE INDEX battery_replacements_recorded_at_idx ON raw.battery_replacements USING btree (recorded_at);
comment on table raw.battery_replacements is 'Replacements of batteries, one row each, as the battery database recorded them.';
comment on column raw.battery_replacements.replacement_id is 'The replacement''s identifier in the battery database.';
comment on column raw.battery_replacements.replaced_at is 'When the battery was replaced.';
comment on column raw.battery_replacements.recorded_at is 'When the battery database stored it, possibly days later.';
comment on column raw.battery_replacements.payload is 'The allowlisted columns of battery_replacement (battery-db.sql).';
comment on column raw.battery_replacements.observed_at is 'Wall clock time at which the row was read.';
comment on column raw.battery_replacements.run_id is 'The run (ops.runs) that wrote this version of the row.';
comment on column raw.battery_replacements.loaded_at is 'When this version of the row was written; unchanged rows are not rewritten.';
grant select on raw.battery_replacements to ovis_modeler;

create table raw.daily_aggregates (
  device_id text not null,
  metric text not null,
  date date not null,
  shard text not null,
  customer_id text not null,
  payload jsonb not null,
  observed_at timestamp with time zone not null,
  run_id uuid not null,
  loaded_at timestamp with time zone not null default now(),
  constraint daily_aggregates_pkey PRIMARY KEY (device_id, metric, date),
  constraint daily_aggregates_metric_known CHECK ((metric = ANY (ARRAY['valveMovement'::text, 'temperature'::text, 'humidity'::text, 'batteryVoltage'::text, 'rssi'::text]))),
  constraint daily_aggregates_payload_is_object CHECK ((jsonb_typeof(payload) = 'object'::text))
) partition by RANGE (date);
alter table raw.daily_aggregates owner to ovis_loader;
CREATE INDEX daily_aggregates_date_idx ON ONLY raw.daily_aggregates USING brin (date) WITH (autosummarize='on');
comment on table raw.daily_aggregates is 'Aggregates of a metric over a UTC day: one row a device, metric and day. Days are asked for again while devices report late.';
comment on column raw.daily_aggregates.device_id is 'The backend''s identifier of the device.';
comment on column raw.daily_aggregates.metric is 'What was measured.';
comment on column raw.daily_aggregates.date is 'The UTC day that is aggregated.';
comment on column raw.daily_aggregates.shard is 'Host and port of the API shard that answered.';
comment on column raw.daily_aggregates.customer_id is 'The customer on whose behalf the row was asked for.';
comment on column raw.daily_aggregates.payload is 'The allowlisted part of DailyAggregate (ovis-api.yaml).';
comment on column raw.daily_aggregates.observed_at is 'Wall clock time at which the answer was received.';
comment on column raw.daily_aggregates.run_id is 'The run (ops.runs) that wrote this version of the row.';
comment on column raw.daily_aggregates.loaded_at is 'When this version of the row was written; unchanged rows are not rewritten.';
grant select on raw.daily_aggregates to ovis_modeler;

create table raw.device_last_updates (
  device_id text not null,
  queried_at timestamp with time zone not null,
  shard text not null,
  customer_id text not null,
  payload jsonb not null,
  observed_at timestamp with time zone not null,
  run_id uuid not null,
  loaded_at timestamp with time zone not null default now(),
  constraint device_last_updates_pkey PRIMARY KEY (device_id, queried_at),
  constraint device_last_updates_payload_is_object CHECK ((jsonb_typeof(payload) = 'object'::text))
) partition by RANGE (queried_at);
alter table raw.device_last_updates owner to ovis_loader;
CREATE INDEX device_last_updates_queried_at_idx ON ONLY raw.device_last_updates USING brin (queried_at) WITH (autosummarize='on');
comment on table raw.device_last_updates is 'The last update that the backend held for each device when a run asked: one row a device and run.';
comment on column raw.device_last_updates.device_id is 'The backend''s identifier of the device.';
comment on column raw.device_last_updates.queried_at is 'Logical time of the run that asked (its scheduledFor), not the wall clock.';
comment on column raw.device_last_updates.shard is 'Host and port of the API shard that answered.';
comment on column raw.device_last_updates.customer_id is 'The customer whose listing the row was taken from.';
comment on column raw.device_last_updates.payload is 'The allowlisted part of DeviceState (ovis-api.yaml).';
comment on column raw.device_last_updates.observed_at is 'Wall clock time at which the answer was received.';
comment on column raw.device_last_updates.run_id is 'The run (ops.runs) that wrote this version of the row.';
comment on column raw.device_last_updates.loaded_at is 'When this version of the row was written; unchanged rows are not rewritten.';
grant select on raw.device_last_updates to ovis_modeler;

create table raw.thermostat_hierarchy (
  customer_id text not null,
  node_id text not null,
  queried_at timestamp with time zone not null,
  shard text not null,
  payload jsonb not null,
  observed_at timestamp with time zone not null,
  run_id uuid not null,
  loaded_at timestamp with time zone not null default now(),
  constraint thermostat_hierarchy_pkey PRIMARY KEY (customer_id, node_id, queried_at),
  constraint thermostat_hierarchy_payload_is_object CHECK ((jsonb_typeof(payload) = 'object'::text))
) partition by RANGE (queried_at);
alter table raw.thermostat_hierarchy owner to ovis_loader;
CREATE INDEX thermostat_hierarchy_queried_at_idx ON ONLY raw.thermostat_hierarchy USING brin (queried_at) WITH (autosummarize='on');
comment on table raw.thermostat_hierarchy is 'Buildings, floors, rooms and thermostats of each customer when a run asked: one row a node and run.';
comment on column raw.thermostat_hierarchy.customer_id is 'The customer whose hierarchy was asked for.';
comment on column raw.thermostat_hierarchy.node_id is 'The backend''s identifier of the node, unique within its customer.';
comment on column raw.thermostat_hierarchy.queried_at is 'Logical time of the run that asked (its scheduledFor), not the wall clock.';
comment on column raw.thermostat_hierarchy.shard is 'Host and port of the API shard that answered.';
comment on column raw.thermostat_hierarchy.payload is 'The allowlisted part of HierarchyNode (ovis-api.yaml).';
comment on column raw.thermostat_hierarchy.observed_at is 'Wall clock time at which the answer was received.';
comment on column raw.thermostat_hierarchy.run_id is 'The run (ops.runs) that wrote this version of the row.';
comment on column raw.thermostat_hierarchy.loaded_at is 'When this version of the row was written; unchanged rows are not rewritten.';
grant select on raw.thermostat_hierarchy to ovis_modeler;

CREATE OR REPLACE FUNCTION ops.compact_touched_days(moment timestamp with time zone)
 RETURNS bigint
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
  with many as (
    select table_name, day from ops.touched_days group by table_name, day having count(*) > 1 and max(touched_at) < moment
  ), removed as (
    delete from ops.touched_days as touch using many
    where touch.table_name = many.table_name and touch.day = many.day
    returning touch.table_name, touch.day, touch.touches, touch.touched_at
  ), kept as (
    insert into ops.touched_days (table_name, day, touches, touched_at)
    select table_name, day, sum(touches), max(touched_at) from removed group by table_name, day
    returning 1
  )
  select (select count(*) from removed) - (select count(*) from kept)
$function$;
alter function ops.compact_touched_days(moment timestamp with time zone) owner to current_user;
comment on function ops.compact_touched_days(moment timestamp with time zone) is 'Makes one row of all touches of a day that was not touched since this moment; their sum, the version of the day, stays. Returns how many rows fewer there are.';
grant execute on function ops.compact_touched_days(moment timestamp with time zone) to ovis_loader;

CREATE OR REPLACE FUNCTION ops.drop_run_events_before(moment timestamp with time zone)
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET "TimeZone" TO 'UTC'
 SET lock_timeout TO '5s'
AS $function$
declare
  month record;
  dropped integer := 0;
begin
  for month in
    select child.relname as leaf
    from pg_catalog.pg_inherits
    join pg_catalog.pg_class as child on child.oid = inhrelid
    where inhparent = 'ops.run_events'::regclass and child.relname ~ '^run_events_[0-9]{4}_[0-9]{2}$'
      and to_date(right(child.relname, 7), 'YYYY_MM') + interval '1 month' <= moment
  loop
    execute format('drop table ops.%I', month.leaf);
    dropped := dropped + 1;
  end loop;
  delete from ops.run_events_default where occurred_at < moment;
  return dropped;
end
$function$;
alter function ops.drop_run_events_before(moment timestamp with time zone) owner to current_user;
comment on function ops.drop_run_events_before(moment timestamp with time zone) is 'Drops the months of ops.run_events that end before this moment. Returns how many.';
grant execute on function ops.drop_run_events_before(moment timestamp with time zone) to ovis_loader;

CREATE OR REPLACE FUNCTION ops.ensure_run_events_month(moment timestamp with time zone)
 RETURNS text
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET "TimeZone" TO 'UTC'
 SET lock_timeout TO '5s'
AS $function$
declare
  first_day constant timestamptz := date_trunc('month', moment);
  next_first_day constant timestamptz := first_day + interval '1 month';
  leaf constant text := 'run_events_' || to_char(first_day, 'YYYY_MM');
begin
  if to_regclass(format('ops.%I', leaf)) is not null then
    return leaf;
  end if;
  perform pg_advisory_xact_lock(hashtextextended('ops.ensure_run_events_month', 0));
  if to_regclass(format('ops.%I', leaf)) is not null then
    return leaf;
  end if;
  lock table ops.run_events in share row exclusive mode;
  execute format('create table ops.%I (like ops.run_events including defaults including constraints)', leaf);
  execute format(
    'with moved as (delete from ops.run_events_default where occurred_at >= $1 and occurred_at < $2 returning *)
     insert into ops.%I select * from moved', leaf) using first_day, next_first_day;
  execute format('alter table ops.run_events attach partition ops.%I for values from (%L) to (%L)', leaf, first_day, next_first_day);
  return leaf;
end
$function$;
alter function ops.ensure_run_events_month(moment timestamp with time zone) owner to current_user;
comment on function ops.ensure_run_events_month(moment timestamp with time zone) is 'Makes the month partition of ops.run_events that holds this moment, if it is missing, and moves its rows out of the default partition. Returns its name.';
grant execute on function ops.ensure_run_events_month(moment timestamp with time zone) to ovis_loader;

CREATE OR REPLACE FUNCTION pgboss.create_queue(queue_name text, options jsonb)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
    DECLARE
      tablename varchar := CASE WHEN options->>'partition' = 'true'
                            THEN 'j' || encode(sha224(queue_name::bytea), 'hex')
                            ELSE 'job_common'
                            END;
      queue_created_on timestamptz;
    BEGIN

      WITH q as (
        INSERT INTO pgboss.queue (
          name,
          policy,
          retry_limit,
          retry_delay,
          retry_backoff,
          retry_delay_max,
          expire_seconds,
          retention_seconds,
          deletion_seconds,
          warning_queued,
          dead_letter,
          partition,
          table_name,
          heartbeat_seconds,
          notify,
          created_on,
          updated_on
        )
        VALUES (
          queue_name,
          options->>'policy',
          COALESCE((options->>'retryLimit')::int, 2),
          COALESCE((options->>'retryDelay')::int, 0),
          COALESCE((options->>'retryBackoff')::bool, false),
          (options->>'retryDelayMax')::int,
          COALESCE((options->>'expireInSeconds')::int, 900),
          COALESCE((options->>'retentionSeconds')::int, 1209600),
          COALESCE((options->>'deleteAfterSeconds')::int, 604800),
          COALESCE((options->>'warningQueueSize')::int, 0),
          options->>'deadLetter',
          COALESCE((options->>'partition')::bool, false),
          tablename,
          (options->>'heartbeatSeconds')::int,
          COALESCE((options->>'notify')::bool, false),
          pgboss.job_now(),
          pgboss.job_now()
        )
        ON CONFLICT DO NOTHING
        RETURNING created_on
      )
      SELECT created_on into queue_created_on from q;

      IF queue_created_on IS NULL OR options->>'partition' IS DISTINCT FROM 'true' THEN
        RETURN;
      END IF;

      EXECUTE format('CREATE TABLE pgboss.%I (LIKE pgboss.job INCLUDING DEFAULTS)', tablename);

      EXECUTE pgboss.job_table_format($cmd$ALTER TABLE pgboss.job ADD PRIMARY KEY (name, id)$cmd$, tablename);
      EXECUTE pgboss.job_table_format($cmd$ALTER TABLE pgboss.job ADD CONSTRAINT q_fkey FOREIGN KEY (name) REFERENCES pgboss.queue (name) ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED$cmd$, tablename);
      EXECUTE pgboss.job_table_format($cmd$ALTER TABLE pgboss.job ADD CONSTRAINT dlq_fkey FOREIGN KEY (dead_letter) REFERENCES pgboss.queue (name) ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED$cmd$, tablename);

      EXECUTE pgboss.job_table_format($cmd$CREATE INDEX job_i11 ON pgboss.job (name, priority DESC, created_on, start_after) WHERE state < 'active' AND NOT blocked$cmd$, tablename);
      EXECUTE pgboss.job_table_format($cmd$CREATE UNIQUE INDEX job_i4 ON pgboss.job (name, singleton_on, COALESCE(singleton_key, '')) WHERE state <> 'cancelled' AND singleton_on IS NOT NULL$cmd$, tablename);
      EXECUTE pgboss.job_table_format($cmd$CREATE INDEX job_i7 ON pgboss.job (name, group_id) WHERE state = 'active' AND group_id IS NOT NULL$cmd$, tablename);
      EXECUTE pgboss.job_table_format($cmd$CREATE INDEX job_i9 ON pgboss.job (name, id) WHERE blocking AND state = 'completed'$cmd$, tablename);
      EXECUTE pgboss.job_table_format($cmd$CREATE INDEX job_i12 ON pgboss.job (source_root_id) WHERE source_root_id IS NOT NULL$cmd$, tablename);
      EXECUTE pgboss.job_table_format($cmd$CREATE UNIQUE INDEX job_i13 ON pgboss.job (name, singleton_key) WHERE state = 'created' AND upsert_by_key$cmd$, tablename);
      EXECUTE pgboss.job_table_format($cmd$CREATE INDEX job_i14 ON pgboss.job (name, state, blocked, start_after) WHERE state IN ('created', 'retry', 'active', 'failed')$cmd$, tablename);
      EXECUTE pgboss.job_table_format($cmd$CREATE INDEX job_i15 ON pgboss.job (name, created_on)$cmd$, tablename);
      EXECUTE pgboss.job_table_format($cmd$CREATE INDEX job_i16 ON pgboss.job (name, completed_on) WHERE completed_on IS NOT NULL$cmd$, tablename);
      EXECUTE pgboss.job_table_format($cmd$CREATE INDEX job_i17 ON pgboss.job (name, singleton_key, created_on) WHERE state < 'active' AND singleton_key IS NOT NULL$cmd$, tablename);

      IF options->>'policy' = 'short' THEN
        EXECUTE pgboss.job_table_format($cmd$CREATE UNIQUE INDEX job_i1 ON pgboss.job (name, COALESCE(singleton_key, '')) WHERE state = 'created' AND policy = 'short'$cmd$, tablename);
      ELSIF options->>'policy' = 'singleton' THEN
        EXECUTE pgboss.job_table_format($cmd$CREATE UNIQUE INDEX job_i2 ON pgboss.job (name, COALESCE(singleton_key, '')) WHERE state = 'active' AND policy = 'singleton'$cmd$, tablename);
      ELSIF options->>'policy' = 'stately' THEN
        EXECUTE pgboss.job_table_format($cmd$CREATE UNIQUE INDEX job_i3 ON pgboss.job (name, state, COALESCE(singleton_key, '')) WHERE state <= 'active' AND policy = 'stately'$cmd$, tablename);
      ELSIF options->>'policy' = 'exclusive' THEN
        EXECUTE pgboss.job_table_format($cmd$CREATE UNIQUE INDEX job_i6 ON pgboss.job (name, COALESCE(singleton_key, '')) WHERE state <= 'active' AND policy = 'exclusive'$cmd$, tablename);
      ELSIF options->>'policy' = 'key_strict_fifo' THEN
        EXECUTE pgboss.job_table_format($cmd$CREATE UNIQUE INDEX job_i8 ON pgboss.job (name, singleton_key) WHERE state IN ('active', 'retry', 'failed') AND policy = 'key_strict_fifo'$cmd$, tablename);
        EXECUTE pgboss.job_table_format($cmd$CREATE INDEX job_i10 ON pgboss.job (name, singleton_key, state DESC, created_on, id) INCLUDE (start_after) WHERE state < 'active' AND NOT blocked AND policy = 'key_strict_fifo'$cmd$, tablename);
        EXECUTE pgboss.job_table_format($cmd$ALTER TABLE pgboss.job ADD CONSTRAINT job_key_strict_fifo_singleton_key_check CHECK (NOT (policy = 'key_strict_fifo' AND singleton_key IS NULL))$cmd$, tablename);
      END IF;

      EXECUTE format('ALTER TABLE pgboss.%I ADD CONSTRAINT cjc CHECK (name=%L)', tablename, queue_name);
      EXECUTE format('ALTER TABLE pgboss.job ATTACH PARTITION pgboss.%I FOR VALUES IN (%L)', tablename, queue_name);
    END;
    $function$;
alter function pgboss.create_queue(queue_name text, options jsonb) owner to ovis_loader;
grant execute on function pgboss.create_queue(queue_name text, options jsonb) to public;

CREATE OR REPLACE FUNCTION pgboss.delete_queue(queue_name text)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
    DECLARE
      v_table varchar;
      v_partition bool;
    BEGIN
      
      SELECT table_name, partition
      FROM pgboss.queue
      WHERE name = queue_name
      INTO v_table, v_partition;

      IF v_partition THEN
        EXECUTE format('DROP TABLE IF EXISTS pgboss.%I', v_table);
      ELSE
        EXECUTE format('DELETE FROM pgboss.%I WHERE name = %L', v_table, queue_name);
      END IF;
    
      DELETE FROM pgboss.queue WHERE name = queue_name;
    END;
    $function$;
alter function pgboss.delete_queue(queue_name text) owner to ovis_loader;
grant execute on function pgboss.delete_queue(queue_name text) to public;

CREATE OR REPLACE FUNCTION pgboss.job_now()
 RETURNS timestamp with time zone
 LANGUAGE sql
 STABLE
AS $function$
      SELECT pg_catalog.now();
    $function$;
alter function pgboss.job_now() owner to ovis_loader;
grant execute on function pgboss.job_now() to public;

CREATE OR REPLACE FUNCTION pgboss.job_table_format(command text, table_name text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
AS $function$
      SELECT format(
        regexp_replace(
          regexp_replace(command, '\.job\y', '.%1$I', 'g'),
          '\yjob_i(\d+)', '%1$s_i\1', 'g'
        ),
        table_name
      );
    $function$;
alter function pgboss.job_table_format(command text, table_name text) owner to ovis_loader;
grant execute on function pgboss.job_table_format(command text, table_name text) to public;

CREATE OR REPLACE FUNCTION pgboss.job_table_run(command text, tbl_name text DEFAULT NULL::text, queue_name text DEFAULT NULL::text)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
    DECLARE
      tbl RECORD;
    BEGIN
      IF queue_name IS NOT NULL THEN
        SELECT table_name INTO tbl_name FROM pgboss.queue WHERE name = queue_name;
      END IF;

      IF tbl_name IS NOT NULL THEN
        EXECUTE pgboss.job_table_format(command, tbl_name);
        RETURN;
      END IF;

      EXECUTE pgboss.job_table_format(command, 'job_common');

      FOR tbl IN SELECT table_name FROM pgboss.queue WHERE partition = true
      LOOP
        EXECUTE pgboss.job_table_format(command, tbl.table_name);
      END LOOP;
    END;
    $function$;
alter function pgboss.job_table_run(command text, tbl_name text, queue_name text) owner to ovis_loader;
grant execute on function pgboss.job_table_run(command text, tbl_name text, queue_name text) to public;

CREATE OR REPLACE FUNCTION pgboss.job_table_run_async(command_name text, version integer, command text, tbl_name text DEFAULT NULL::text, queue_name text DEFAULT NULL::text)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
    BEGIN
      IF queue_name IS NOT NULL THEN
        SELECT table_name INTO tbl_name FROM pgboss.queue WHERE name = queue_name;
      END IF;

      IF tbl_name IS NOT NULL THEN
        INSERT INTO pgboss.bam (name, version, status, queue, table_name, command)
        VALUES (
          command_name,
          version,
          'pending',
          queue_name,
          tbl_name,
          pgboss.job_table_format(command, tbl_name)
        );
        RETURN;
      END IF;

      INSERT INTO pgboss.bam (name, version, status, queue, table_name, command)
      SELECT
        command_name,
        version,
        'pending',
        NULL,
        'job_common',
        pgboss.job_table_format(command, 'job_common')
      UNION ALL
      SELECT
        command_name,
        version,
        'pending',
        queue.name,
        queue.table_name,
        pgboss.job_table_format(command, queue.table_name)
      FROM pgboss.queue
      WHERE partition = true;
    END;
    $function$;
alter function pgboss.job_table_run_async(command_name text, version integer, command text, tbl_name text, queue_name text) owner to ovis_loader;
grant execute on function pgboss.job_table_run_async(command_name text, version integer, command text, tbl_name text, queue_name text) to public;

alter default privileges for role current_user in schema marts grant delete, insert, maintain, references, select, trigger, truncate, update on tables to ovis_modeler;
alter default privileges for role current_user in schema marts grant select on tables to ovis_reader;
alter default privileges for role ovis_modeler in schema marts grant select on tables to ovis_reader;
alter default privileges for role current_user in schema raw grant delete, insert, select, update on tables to ovis_loader;
alter default privileges for role current_user in schema raw grant select on tables to ovis_modeler;
alter default privileges for role ovis_loader in schema raw grant select on tables to ovis_modeler;
alter default privileges for role current_user in schema seeds grant delete, insert, maintain, references, select, trigger, truncate, update on tables to ovis_modeler;
alter default privileges for role current_user in schema staging grant delete, insert, maintain, references, select, trigger, truncate, update on tables to ovis_modeler;
