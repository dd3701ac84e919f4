-- Up Migration

alter table ops.tasks
  add column deaths integer not null default 0,
  add constraint tasks_deaths_not_negative check (deaths >= 0);

comment on column ops.tasks.deaths is 'How often a process died that had the task in hand, in the present execution of its run.';

alter table ops.workers
  add column silent_ms integer not null default 8000,
  add constraint workers_silent_positive check (silent_ms > 0);

comment on column ops.workers.silent_ms is 'Milliseconds without a sign of life after which the process counts as dead: it keeps to this itself.';

create table ops.ended_sessions (
  session_hash text        not null,
  expires_at   timestamptz not null,
  constraint ended_sessions_pkey primary key (session_hash)
);

comment on table ops.ended_sessions is 'Sessions of the HTTP API that were logged out before their time, for all processes that serve it.';
comment on column ops.ended_sessions.session_hash is 'SHA-256 of the session''s id: of no use as a session.';
comment on column ops.ended_sessions.expires_at is 'When the session would have ended anyway, and the row can be forgotten.';

grant select, insert, update, delete on ops.ended_sessions to ovis_loader;

-- Down Migration

drop table ops.ended_sessions;
alter table ops.workers drop column silent_ms;
alter table ops.tasks drop column deaths;
