-- Up Migration

alter table ops.runs
  add column built_from jsonb,
  drop constraint runs_cause_known,
  add constraint runs_cause_known check (cause in ('schedule', 'backfill', 'manual', 'upstream')),
  add constraint runs_built_from_is_object check (jsonb_typeof(built_from) = 'object'),
  add constraint runs_upstream_says_from_what check (cause <> 'upstream' or built_from is not null);
create unique index runs_built_from_key on ops.runs (job, built_from) where cause = 'upstream';
create index materializations_data_idx on ops.materializations (asset, materialization_id desc)
  where state in ('succeeded', 'partly_failed');

comment on column ops.runs.built_from is 'Of a run that newer data has caused: raw table to the materialization that brought the data. No two runs of a job are made for the same.';

-- Down Migration

drop index ops.materializations_data_idx;
drop index ops.runs_built_from_key;
delete from ops.runs where cause = 'upstream';
alter table ops.runs
  drop constraint runs_upstream_says_from_what,
  drop constraint runs_built_from_is_object,
  drop constraint runs_cause_known,
  add constraint runs_cause_known check (cause in ('schedule', 'backfill', 'manual')),
  drop column built_from;
