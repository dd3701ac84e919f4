select pg_catalog.width_bucket(claim."ovis_raw_loader_ordinal", $1::bigint[]) as part, count(*)::int as rows
from pg_temp."stage" as claim
join "raw ""x"""."readings" as stored using ("device_id", "queried_at")
where (stored."payload", stored."shard", stored."customer_id") is distinct from (claim."payload", claim."shard", claim."customer_id")
group by part
