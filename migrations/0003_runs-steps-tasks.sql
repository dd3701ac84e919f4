-- Up Migration

create table ops.runs (
  run_id        uuid        not null default gen_random_uuid(),
  job           text        not null,
  scheduled_for timestamptz not null,
  cause         text        not null,
  state         text        not null,
  attempt       integer     not null default 0,
  reason        text,
  created_at    timestamptz not null default now(),
  started_at    timestamptz,
  finished_at   timestamptz,
  constraint runs_pkey primary key (run_id),
  constraint runs_logical_key unique (job, scheduled_for, cause),
  constraint runs_cause_known check (cause in ('schedule', 'backfill', 'manual')),
  constraint runs_state_known check (state in ('queued', 'running', 'succeeded', 'partly_failed', 'failed', 'cancelled')),
  constraint runs_attempt_not_negative check (attempt >= 0)
);
create index runs_open_idx on ops.runs (job, scheduled_for) where state in ('queued', 'running');

comment on table ops.runs is 'One execution of a job for one logical time, with its cause.';
comment on column ops.runs.job is 'Name of the job, such as twelve_hourly_elt.';
comment on column ops.runs.scheduled_for is 'Logical time: a tick of the job''s cron.';
comment on column ops.runs.attempt is 'How often the run was started, counting from 1; 0 until the first start.';
comment on column ops.runs.reason is 'Why the run ended as it did, or was asked for; never personal data.';

create table ops.steps (
  run_id        uuid        not null,
  asset         text        not null,
  kind          text        not null,
  state         text        not null,
  planned       boolean     not null default false,
  error_class   text,
  error_message text,
  started_at    timestamptz,
  finished_at   timestamptz,
  constraint steps_pkey primary key (run_id, asset),
  constraint steps_run_fkey foreign key (run_id) references ops.runs (run_id) on delete cascade,
  constraint steps_kind_known check (kind in ('extract', 'model')),
  constraint steps_state_known check (state in ('queued', 'running', 'succeeded', 'partly_failed', 'failed', 'skipped', 'cancelled'))
);

comment on table ops.steps is 'One asset in a run.';
comment on column ops.steps.asset is 'The asset''s name, such as raw.device_last_updates or staging.stg_last_updates.';
comment on column ops.steps.planned is 'Whether all tasks of the step are known.';
comment on column ops.steps.error_message is 'What failed, without row values and without personal data.';

create table ops.tasks (
  task_id       uuid        not null default gen_random_uuid(),
  run_id        uuid        not null,
  asset         text        not null,
  task_key      text        not null,
  shard         text,
  customer_id   text,
  state         text        not null,
  attempt       integer     not null default 0,
  tries         integer     not null default 0,
  cursor        text,
  counters      jsonb       not null default '{}',
  error_class   text,
  error_message text,
  created_at    timestamptz not null default now(),
  started_at    timestamptz,
  finished_at   timestamptz,
  constraint tasks_pkey primary key (task_id),
  constraint tasks_logical_key unique (run_id, asset, task_key),
  constraint tasks_step_fkey foreign key (run_id, asset) references ops.steps (run_id, asset) on delete cascade,
  constraint tasks_state_known check (state in ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
  constraint tasks_attempt_not_negative check (attempt >= 0),
  constraint tasks_tries_not_negative check (tries >= 0),
  constraint tasks_cursor_only_while_open check (cursor is null or state in ('queued', 'running')),
  constraint tasks_counters_is_object check (jsonb_typeof(counters) = 'object')
);
create index tasks_open_idx on ops.tasks (run_id, asset) where state in ('queued', 'running');

comment on table ops.tasks is 'One customer''s, object''s or range''s share of a step: the unit of retry.';
comment on column ops.tasks.task_key is 'What the share is, unique within its step, such as shard/customer.';
comment on column ops.tasks.attempt is 'Fencing token: raised by each worker that takes the task; only the holder of the newest may commit.';
comment on column ops.tasks.tries is 'How often the task was tried in the present execution of its run.';
comment on column ops.tasks.cursor is 'Where the task resumes; comes from outside and is kept only while the task is open.';
comment on column ops.tasks.counters is 'Counts that were committed together with the rows they count.';

-- Down Migration

drop table ops.tasks;
drop table ops.steps;
drop table ops.runs;
