copy pg_temp."stage" ("device_id", "queried_at", "shard", "customer_id", "observed_at", "run_id", "payload") from stdin
