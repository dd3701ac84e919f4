-- Up Migration

create table ops.run_events (
  event_id    bigint      not null generated always as identity,
  run_id      uuid,
  asset       text,
  task_key    text,
  kind        text        not null,
  detail      jsonb       not null default '{}',
  occurred_at timestamptz not null default now(),
  constraint run_events_pkey primary key (event_id, occurred_at),
  constraint run_events_detail_is_object check (jsonb_typeof(detail) = 'object')
) partition by range (occurred_at);
create index run_events_run_idx on ops.run_events (run_id, occurred_at);
create index run_events_occurred_at_idx on ops.run_events (occurred_at);

comment on table ops.run_events is 'What happened during runs, in order. Months are partitions, so that old ones can be dropped at once.';

-- An event is never refused because nobody made its month.
create table ops.run_events_default partition of ops.run_events default;

create function ops.ensure_run_events_month(moment timestamptz) returns text
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
  set timezone = 'UTC'
  set lock_timeout = '5s'
as $$
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
$$;
revoke execute on function ops.ensure_run_events_month(timestamptz) from public;

comment on function ops.ensure_run_events_month(timestamptz) is 'Makes the month partition of ops.run_events that holds this moment, if it is missing, and moves its rows out of the default partition. Returns its name.';

-- Down Migration

drop function ops.ensure_run_events_month(timestamptz);
drop table ops.run_events;
