-- Up Migration

set local role ovis_loader;

create table raw.battery_measurements (
  measurement_id bigint      not null,
  measured_at    timestamptz not null,
  recorded_at    timestamptz not null,
  payload        jsonb       not null,
  observed_at    timestamptz not null,
  run_id         uuid        not null,
  loaded_at      timestamptz not null default now(),
  constraint battery_measurements_pkey primary key (measurement_id, measured_at),
  constraint battery_measurements_payload_is_object check (jsonb_typeof(payload) = 'object')
) partition by range (measured_at);

create index battery_measurements_measured_at_idx on raw.battery_measurements using brin (measured_at) with (autosummarize = on);
create index battery_measurements_recorded_at_idx on raw.battery_measurements using brin (recorded_at) with (autosummarize = on);

comment on table raw.battery_measurements is 'Measurements of batteries, one row each, as the battery database recorded them.';
comment on column raw.battery_measurements.measurement_id is 'The measurement''s identifier in the battery database.';
comment on column raw.battery_measurements.measured_at is 'When the device measured.';
comment on column raw.battery_measurements.recorded_at is 'When the battery database stored it, possibly days later.';
comment on column raw.battery_measurements.payload is 'The allowlisted columns of battery_measurement (battery-db.sql).';
comment on column raw.battery_measurements.observed_at is 'Wall clock time at which the row was read.';
comment on column raw.battery_measurements.run_id is 'The run (ops.runs) that wrote this version of the row.';
comment on column raw.battery_measurements.loaded_at is 'When this version of the row was written; unchanged rows are not rewritten.';

create table raw.battery_replacements (
  replacement_id bigint      not null,
  replaced_at    timestamptz not null,
  recorded_at    timestamptz not null,
  payload        jsonb       not null,
  observed_at    timestamptz not null,
  run_id         uuid        not null,
  loaded_at      timestamptz not null default now(),
  constraint battery_replacements_pkey primary key (replacement_id),
  constraint battery_replacements_payload_is_object check (jsonb_typeof(payload) = 'object')
);

create index battery_replacements_recorded_at_idx on raw.battery_replacements (recorded_at);

comment on table raw.battery_replacements is 'Replacements of batteries, one row each, as the battery database recorded them.';
comment on column raw.battery_replacements.replacement_id is 'The replacement''s identifier in the battery database.';
comment on column raw.battery_replacements.replaced_at is 'When the battery was replaced.';
comment on column raw.battery_replacements.recorded_at is 'When the battery database stored it, possibly days later.';
comment on column raw.battery_replacements.payload is 'The allowlisted columns of battery_replacement (battery-db.sql).';
comment on column raw.battery_replacements.observed_at is 'Wall clock time at which the row was read.';
comment on column raw.battery_replacements.run_id is 'The run (ops.runs) that wrote this version of the row.';
comment on column raw.battery_replacements.loaded_at is 'When this version of the row was written; unchanged rows are not rewritten.';

create table raw.battery_eval_results (
  device_id    text        not null,
  algorithm    text        not null,
  evaluated_at timestamptz not null,
  folder_date  date        not null,
  object_key   text        not null,
  line_number  integer     not null,
  payload      jsonb       not null,
  observed_at  timestamptz not null,
  run_id       uuid        not null,
  loaded_at    timestamptz not null default now(),
  constraint battery_eval_results_pkey primary key (device_id, algorithm, evaluated_at),
  constraint battery_eval_results_payload_is_object check (jsonb_typeof(payload) = 'object')
) partition by range (evaluated_at);

create index battery_eval_results_evaluated_at_idx on raw.battery_eval_results using brin (evaluated_at) with (autosummarize = on);
create index battery_eval_results_folder_idx on raw.battery_eval_results (algorithm, folder_date);

comment on table raw.battery_eval_results is 'What algorithms predicted for batteries: one row a device, algorithm and time of evaluation.';
comment on column raw.battery_eval_results.folder_date is 'Day of the folder that the row was taken from; of several, the newest.';
comment on column raw.battery_eval_results.object_key is 'Object that the row was taken from.';
comment on column raw.battery_eval_results.line_number is 'Its line there, from 1.';
comment on column raw.battery_eval_results.payload is 'The allowlisted part of the line (battery-eval-results.md).';
comment on column raw.battery_eval_results.observed_at is 'Wall clock time at which the line was read.';
comment on column raw.battery_eval_results.run_id is 'The run (ops.runs) that wrote this version of the row.';
comment on column raw.battery_eval_results.loaded_at is 'When this version of the row was written; unchanged rows are not rewritten.';

-- Where lines wait until their folder is complete. No unlogged table: a crash must not lose what a cursor says is there.
create table raw.battery_eval_results_stage (
  run_id       uuid        not null,
  algorithm    text        not null,
  folder_date  date        not null,
  part_number  integer     not null,
  line_number  integer     not null,
  evaluated_at timestamptz not null,
  device_id    text        not null,
  object_key   text        not null,
  payload      jsonb       not null,
  observed_at  timestamptz not null,
  loaded_at    timestamptz not null default now(),
  constraint battery_eval_results_stage_pkey primary key (run_id, algorithm, folder_date, part_number, line_number, evaluated_at)
);

comment on table raw.battery_eval_results_stage is 'Lines of folders that are being read, by the run that reads them; empty otherwise. A folder moves to battery_eval_results in one transaction.';

reset role;

revoke select on raw.battery_eval_results_stage from ovis_modeler;

create table ops.loaded_folders (
  algorithm       text        not null,
  folder_date     date        not null,
  fingerprint     text        not null,
  parts           integer     not null,
  lines           bigint      not null,
  refused_lines   bigint      not null,
  superseded_rows bigint      not null default 0,
  run_id          uuid        not null,
  published_at    timestamptz not null default now(),
  constraint loaded_folders_pkey primary key (algorithm, folder_date)
);

comment on table ops.loaded_folders is 'The ledger of evaluation results: folders that raw.battery_eval_results holds.';
comment on column ops.loaded_folders.fingerprint is 'Digest of the parts'' keys, ETags and sizes and of the allowlist: another one means that the folder is to be loaded again.';
comment on column ops.loaded_folders.superseded_rows is 'Rows of the folder whose keys a newer folder holds. If that one loses rows, this folder is loaded again.';

create table ops.recounted_days (
  asset       text        not null,
  day         date        not null,
  source_rows bigint      not null,
  run_id      uuid        not null,
  counted_at  timestamptz not null default now(),
  constraint recounted_days_pkey primary key (asset, day)
);

comment on table ops.recounted_days is 'Days that were read in full: how many rows the source held of them then. Another count means that rows came later.';

grant select, insert, update, delete on ops.loaded_folders, ops.recounted_days to ovis_loader;

-- Down Migration

drop table ops.recounted_days, ops.loaded_folders;

-- Staging views read these tables and can be rebuilt.
drop table raw.battery_eval_results_stage, raw.battery_eval_results, raw.battery_replacements, raw.battery_measurements cascade;
