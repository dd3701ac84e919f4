set local enable_hashjoin = off; set local enable_mergejoin = off;
delete from pg_temp."stage" as staged
using "raw ""x"""."readings" as stored
where stored."device_id" = staged."device_id" and stored."queried_at" = staged."queried_at"
  and not (stored."payload", stored."shard", stored."customer_id") is distinct from (staged."payload", staged."shard", staged."customer_id");
set local enable_hashjoin to default; set local enable_mergejoin to default
