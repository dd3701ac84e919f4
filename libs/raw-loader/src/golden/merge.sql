with merged as (
  insert into "raw ""x"""."readings" as stored ("device_id", "queried_at", "shard", "customer_id", "observed_at", "run_id", "payload")
  select "device_id", "queried_at", "shard", "customer_id", "observed_at", "run_id", "payload"
  from pg_temp."stage"
  order by "device_id" collate "C", "queried_at"
  on conflict ("device_id", "queried_at") do update
  set "shard" = excluded."shard", "customer_id" = excluded."customer_id", "observed_at" = excluded."observed_at", "run_id" = excluded."run_id", "payload" = excluded."payload", "loaded_at" = now()
  where (stored."payload", stored."shard", stored."customer_id") is distinct from (excluded."payload", excluded."shard", excluded."customer_id")
  returning old."device_id" is null as "ovis_raw_loader_inserted", to_char(new."queried_at" at time zone 'UTC', 'YYYY-MM-DD') as "ovis_raw_loader_day", to_char(old."queried_at" at time zone 'UTC', 'YYYY-MM-DD') as "ovis_raw_loader_old_day"
)
select merged."ovis_raw_loader_inserted" as inserted, merged."ovis_raw_loader_day" as day, merged."ovis_raw_loader_old_day" as old_day, count(*)::int as rows
from merged
group by merged."ovis_raw_loader_inserted", merged."ovis_raw_loader_day", merged."ovis_raw_loader_old_day"
