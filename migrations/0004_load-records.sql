-- Up Migration

create table ops.materializations (
  materialization_id bigint           not null generated always as identity,
  run_id             uuid             not null,
  asset              text             not null,
  attempt            integer          not null default 0,
  state              text             not null,
  started_at         timestamptz,
  finished_at        timestamptz,
  duration_seconds   double precision,
  customers          integer,
  thermostats        integer,
  rows_inserted      bigint,
  rows_updated       bigint,
  rows_unchanged     bigint,
  bytes              bigint,
  requests           bigint,
  retries            bigint,
  fallbacks          bigint,
  dropped_fields     bigint,
  mismatched_fields  bigint,
  quarantined_rows   bigint,
  errors_by_class    jsonb            not null default '{}',
  constraint materializations_pkey primary key (materialization_id),
  constraint materializations_run_fkey foreign key (run_id) references ops.runs (run_id) on delete cascade,
  constraint materializations_state_known check (state in ('queued', 'running', 'succeeded', 'partly_failed', 'failed', 'skipped', 'cancelled')),
  constraint materializations_errors_is_object check (jsonb_typeof(errors_by_class) = 'object')
);
create index materializations_run_idx on ops.materializations (run_id, asset);
create index materializations_asset_idx on ops.materializations (asset, finished_at desc);

comment on table ops.materializations is 'One writing of an asset, with what the run has moved of it so far, over all its attempts. A count that does not apply to the asset is null.';
comment on column ops.materializations.attempt is 'The attempt of the run that wrote the asset.';
comment on column ops.materializations.bytes is 'Bytes received from the source after decompression.';
comment on column ops.materializations.fallbacks is 'Requests that were made because a faster way was refused.';
comment on column ops.materializations.errors_by_class is 'Error class to number of failed tasks.';

create table ops.loaded_intervals (
  asset          text        not null,
  interval_start timestamptz not null,
  interval_end   timestamptz not null,
  run_id         uuid        not null,
  loaded_at      timestamptz not null default now(),
  constraint loaded_intervals_pkey primary key (asset, interval_start),
  constraint loaded_intervals_not_empty check (interval_end > interval_start)
);

comment on table ops.loaded_intervals is 'Half-open UTC intervals of logical time that an asset holds in full.';

create table ops.touched_days (
  touch_id   bigint      not null generated always as identity,
  table_name text        not null,
  day        date        not null,
  touches    integer     not null default 1,
  run_id     uuid,
  touched_at timestamptz not null default now(),
  constraint touched_days_pkey primary key (touch_id),
  constraint touched_days_touches_positive check (touches > 0)
);
create index touched_days_table_day_idx on ops.touched_days (table_name, day) include (touches);

comment on table ops.touched_days is 'Append-only: one row a commit and UTC day in which rows of a raw table were inserted or updated. The sum of touches of a day is the day''s version.';
comment on column ops.touched_days.table_name is 'Schema and table, such as raw.device_last_updates.';
comment on column ops.touched_days.day is 'The UTC day of the table''s logical time.';

create table ops.allowlist_drops (
  run_id uuid   not null,
  asset  text   not null,
  path   text   not null,
  kind   text   not null,
  count  bigint not null,
  constraint allowlist_drops_pkey primary key (run_id, asset, path, kind),
  constraint allowlist_drops_run_fkey foreign key (run_id) references ops.runs (run_id) on delete cascade,
  constraint allowlist_drops_kind_known check (kind in ('dropped', 'mismatched')),
  constraint allowlist_drops_count_not_negative check (count >= 0)
);

comment on table ops.allowlist_drops is 'How many fields the allowlist kept out, by path; never their names where those are not ours, never their values.';
comment on column ops.allowlist_drops.path is 'Named field, or the parent of unnamed ones such as configuration.*';

create table ops.quarantine (
  quarantine_id bigint      not null generated always as identity,
  run_id        uuid        not null,
  asset         text        not null,
  task_key      text,
  position      text        not null,
  reason        text        not null,
  created_at    timestamptz not null default now(),
  constraint quarantine_pkey primary key (quarantine_id),
  constraint quarantine_run_fkey foreign key (run_id) references ops.runs (run_id) on delete cascade
);
create index quarantine_run_idx on ops.quarantine (run_id, asset);

comment on table ops.quarantine is 'Rows that could not be stored: where they stood in the listing and why, without their content.';

create table ops.freshness_observations (
  source        text        not null,
  observed_at   timestamptz not null default now(),
  max_loaded_at timestamptz,
  state         text        not null,
  constraint freshness_observations_pkey primary key (source, observed_at),
  constraint freshness_observations_state_known check (state in ('pass', 'warn', 'error'))
);

comment on table ops.freshness_observations is 'How old a source''s newest row was when it was looked at.';
comment on column ops.freshness_observations.max_loaded_at is 'Null while the source holds no row.';

-- Down Migration

drop table ops.freshness_observations;
drop table ops.quarantine;
drop table ops.allowlist_drops;
drop table ops.touched_days;
drop table ops.loaded_intervals;
drop table ops.materializations;
