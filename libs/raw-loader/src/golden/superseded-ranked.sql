select claim."ovis_raw_loader_stream" as stream, count(*)::int as rows
from pg_temp."stage" as claim
join "raw ""x"""."readings" as stored using ("device_id", "queried_at")
where (stored."payload", stored."shard", stored."customer_id") is distinct from (claim."payload", claim."shard", claim."customer_id")
group by claim."ovis_raw_loader_stream"
