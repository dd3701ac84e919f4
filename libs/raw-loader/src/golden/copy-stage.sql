copy pg_temp."stage" ("device_id", "queried_at", "shard", "customer_id", "observed_at", "run_id", "payload", "ovis_raw_loader_stream", "ovis_raw_loader_ordinal") from stdin
