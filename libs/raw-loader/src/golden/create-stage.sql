create temporary table pg_temp.ovis_raw_loader_stage (
  "device_id" text,
  "queried_at" timestamptz,
  "shard" text,
  "customer_id" text,
  "observed_at" timestamptz,
  "run_id" uuid,
  "payload" jsonb,
  "ovis_raw_loader_ordinal" integer
) on commit drop
