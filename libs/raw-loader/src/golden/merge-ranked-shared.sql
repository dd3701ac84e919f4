with merged as (
  insert into "raw ""x"""."readings" as stored ("device_id", "queried_at", "shard", "customer_id", "observed_at", "run_id", "payload")
  select "device_id", "queried_at", "shard", "customer_id", "observed_at", "run_id", "payload"
  from pg_temp."stage"
  order by "device_id" collate "C", "queried_at"
  on conflict ("device_id", "queried_at") do update
  set "shard" = excluded."shard", "customer_id" = excluded."customer_id", "observed_at" = excluded."observed_at", "run_id" = excluded."run_id", "payload" = excluded."payload", "loaded_at" = now()
  where (stored."payload", stored."shard", stored."customer_id") is distinct from (excluded."payload", excluded."shard", excluded."customer_id")
  and case when ((excluded.payload ->> 'customerId') is not distinct from excluded.customer_id) is distinct from ((stored.payload ->> 'customerId') is not distinct from stored.customer_id) then ((excluded.payload ->> 'customerId') is not distinct from excluded.customer_id) is not null and (((stored.payload ->> 'customerId') is not distinct from stored.customer_id) is null or ((excluded.payload ->> 'customerId') is not distinct from excluded.customer_id) > ((stored.payload ->> 'customerId') is not distinct from stored.customer_id))
    else case when ((excluded.payload ->> 'lastSeenAt') collate "C") is distinct from ((stored.payload ->> 'lastSeenAt') collate "C") then ((excluded.payload ->> 'lastSeenAt') collate "C") is not null and (((stored.payload ->> 'lastSeenAt') collate "C") is null or ((excluded.payload ->> 'lastSeenAt') collate "C") > ((stored.payload ->> 'lastSeenAt') collate "C"))
    else case when (excluded.customer_id collate "C") is distinct from (stored.customer_id collate "C") then (excluded.customer_id collate "C") is not null and ((stored.customer_id collate "C") is null or (excluded.customer_id collate "C") > (stored.customer_id collate "C"))
    else case when (excluded.shard collate "C") is distinct from (stored.shard collate "C") then (excluded.shard collate "C") is not null and ((stored.shard collate "C") is null or (excluded.shard collate "C") > (stored.shard collate "C"))
    else true end end end end
  returning old."device_id" is null as "ovis_raw_loader_inserted", to_char(new."queried_at" at time zone 'UTC', 'YYYY-MM-DD') as "ovis_raw_loader_day", to_char(old."queried_at" at time zone 'UTC', 'YYYY-MM-DD') as "ovis_raw_loader_old_day", new."device_id", new."queried_at"
)
select pg_catalog.width_bucket(staged."ovis_raw_loader_ordinal", $1::bigint[]) as part, merged."ovis_raw_loader_inserted" as inserted, merged."ovis_raw_loader_day" as day, merged."ovis_raw_loader_old_day" as old_day, count(*)::int as rows
from merged
join pg_temp."stage" as staged using ("device_id", "queried_at")
group by part, merged."ovis_raw_loader_inserted", merged."ovis_raw_loader_day", merged."ovis_raw_loader_old_day"
