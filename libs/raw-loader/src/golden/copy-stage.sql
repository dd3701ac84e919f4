copy pg_temp.ovis_raw_loader_stage ("device_id", "queried_at", "shard", "customer_id", "observed_at", "run_id", "payload", "ovis_raw_loader_ordinal") from stdin
