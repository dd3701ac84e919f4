-- Up Migration

create function ops.drop_run_events_before(moment timestamptz) returns integer
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
  set timezone = 'UTC'
  set lock_timeout = '5s'
as $$
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
$$;
revoke execute on function ops.drop_run_events_before(timestamptz) from public;
grant execute on function ops.drop_run_events_before(timestamptz) to ovis_loader;

comment on function ops.drop_run_events_before(timestamptz) is 'Drops the months of ops.run_events that end before this moment. Returns how many.';

create function ops.compact_touched_days(moment timestamptz) returns bigint
  language sql
  security definer
  set search_path = pg_catalog, pg_temp
as $$
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
$$;
revoke execute on function ops.compact_touched_days(timestamptz) from public;
grant execute on function ops.compact_touched_days(timestamptz) to ovis_loader;

comment on function ops.compact_touched_days(timestamptz) is 'Makes one row of all touches of a day that was not touched since this moment; their sum, the version of the day, stays. Returns how many rows fewer there are.';

create index runs_finished_at_idx on ops.runs (finished_at);

-- Down Migration

drop index ops.runs_finished_at_idx;
drop function ops.compact_touched_days(timestamptz);
drop function ops.drop_run_events_before(timestamptz);
