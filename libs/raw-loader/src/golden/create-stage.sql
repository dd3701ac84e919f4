create temporary table pg_temp."stage" (
  "device_id" text,
  "queried_at" timestamptz,
  "shard" text,
  "customer_id" text,
  "observed_at" timestamptz,
  "run_id" uuid,
  "payload" jsonb,
  "ovis_raw_loader_ordinal" bigint generated always as identity
) on commit delete rows
