-- Up Migration

create table ops.workers (
  worker_id  uuid        not null,
  host       text        not null,
  pid        integer     not null,
  version    text        not null,
  started_at timestamptz not null default now(),
  seen_at    timestamptz not null default now(),
  constraint workers_pkey primary key (worker_id)
);

comment on table ops.workers is 'Processes that lead runs or work on tasks. One that has not been seen for some seconds counts as dead, and what it had in hand goes to others.';
comment on column ops.workers.seen_at is 'By the clock of this server: those of the workers may differ.';

create table ops.request_leases (
  shard     text    not null,
  slot      integer not null,
  worker_id uuid    not null,
  constraint request_leases_pkey primary key (shard, slot),
  constraint request_leases_worker_fkey foreign key (worker_id) references ops.workers (worker_id) on delete cascade,
  constraint request_leases_slot_positive check (slot > 0)
);
create index request_leases_worker_idx on ops.request_leases (worker_id);

comment on table ops.request_leases is 'Which process may have how many requests under way at a shard: one a slot. There are as many slots as requests are allowed over all processes.';

create table ops.paused_jobs (
  job       text        not null,
  paused_at timestamptz not null default now(),
  constraint paused_jobs_pkey primary key (job)
);

comment on table ops.paused_jobs is 'Jobs whose schedules make no runs for the time being.';

alter table ops.runs
  add column force boolean not null default false,
  add column cancel_requested_at timestamptz;

comment on column ops.runs.force is 'Whether what was loaded before is fetched again.';
comment on column ops.runs.cancel_requested_at is 'When somebody asked for the run to end; the process that leads it ends it.';

alter table ops.tasks
  add column worker_id uuid,
  add column announcement_id uuid;
create index tasks_in_hand_idx on ops.tasks (worker_id) where state = 'running';

comment on column ops.tasks.worker_id is 'The process that has, or had last, the task in hand.';
comment on column ops.tasks.announcement_id is 'The announcement in the queue by which it took the task.';

grant select, insert, update, delete on ops.workers, ops.request_leases, ops.paused_jobs to ovis_loader;

-- Down Migration

drop index ops.tasks_in_hand_idx;
alter table ops.tasks
  drop column announcement_id,
  drop column worker_id;
alter table ops.runs
  drop column cancel_requested_at,
  drop column force;
drop table ops.paused_jobs;
drop table ops.request_leases;
drop table ops.workers;
