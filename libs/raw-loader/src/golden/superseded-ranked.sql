select count(*)::int as superseded
from (
  select "device_id", "queried_at", "shard", "customer_id", "observed_at", "run_id", "payload"
  from pg_temp.ovis_raw_loader_stage
  order by "device_id", "queried_at"
) as claim
join "raw ""x"""."readings" as stored using ("device_id", "queried_at")
where (stored."payload", stored."shard", stored."customer_id") is distinct from (claim."payload", claim."shard", claim."customer_id")
