-- Up Migration

create table ops.backfills (
  backfill_id   uuid          not null default gen_random_uuid(),
  target        text          not null,
  job           text          not null,
  assets        text[]        not null,
  range_start   date          not null,
  range_end     date          not null,
  ticks         timestamptz[] not null,
  customers     text[],
  shards        text[],
  concurrency   integer       not null,
  models_run_id uuid,
  created_at    timestamptz   not null default now(),
  constraint backfills_pkey primary key (backfill_id),
  constraint backfills_range_not_empty check (range_end > range_start),
  constraint backfills_concurrency_positive check (concurrency > 0)
);

comment on table ops.backfills is 'Runs over a range of days that somebody has asked for together.';
comment on column ops.backfills.target is 'What was asked for: an asset or a job.';
comment on column ops.backfills.assets is 'The raw tables that its runs load.';
comment on column ops.backfills.range_start is 'The first UTC day; range_end is the first one behind it.';
comment on column ops.backfills.ticks is 'The logical times of its runs. A run belongs to the backfill that asked for it last.';
comment on column ops.backfills.customers is 'The customers that are loaded; null for all.';
comment on column ops.backfills.shards is 'The shards that are asked; null for all.';
comment on column ops.backfills.concurrency is 'How many of its runs are led at the same time.';
comment on column ops.backfills.models_run_id is 'The run that builds, or has built, the models downstream, when all were loaded; null until then.';

alter table ops.runs
  add column backfill_id uuid,
  add column loading_ended_at timestamptz,
  add constraint runs_backfill_fkey foreign key (backfill_id) references ops.backfills (backfill_id) on delete set null;
create index runs_backfill_idx on ops.runs (backfill_id) where backfill_id is not null;

comment on column ops.runs.backfill_id is 'The backfill that asked for the run last.';
comment on column ops.runs.loading_ended_at is 'When the run of a backfill had loaded what it could.';

alter table ops.loaded_intervals add column by_backfill boolean not null default false;

comment on column ops.loaded_intervals.by_backfill is 'Whether only this interval was asked for, and not what was missing before it too.';

grant select, insert, update, delete on ops.backfills to ovis_loader;

-- Down Migration

alter table ops.loaded_intervals drop column by_backfill;
drop index ops.runs_backfill_idx;
alter table ops.runs
  drop constraint runs_backfill_fkey,
  drop column loading_ended_at,
  drop column backfill_id;
drop table ops.backfills;
