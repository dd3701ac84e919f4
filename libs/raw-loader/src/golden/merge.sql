with merged as (
  insert into "raw ""x"""."readings" as stored ("device_id", "queried_at", "shard", "customer_id", "observed_at", "run_id", "payload")
  select "device_id", "queried_at", "shard", "customer_id", "observed_at", "run_id", "payload"
  from pg_temp.ovis_raw_loader_stage
  order by "device_id", "queried_at"
  on conflict ("device_id", "queried_at") do update
  set "shard" = excluded."shard", "customer_id" = excluded."customer_id", "observed_at" = excluded."observed_at", "run_id" = excluded."run_id", "payload" = excluded."payload", "loaded_at" = now()
  where (stored."payload", stored."shard", stored."customer_id") is distinct from (excluded."payload", excluded."shard", excluded."customer_id")
  returning old."device_id" is null as inserted, to_char(new."queried_at" at time zone 'UTC', 'YYYY-MM-DD') as day, to_char(old."queried_at" at time zone 'UTC', 'YYYY-MM-DD') as old_day
)
select inserted, day, old_day, count(*)::int as rows
from merged
group by inserted, day, old_day
