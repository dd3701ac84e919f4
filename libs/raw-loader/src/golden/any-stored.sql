select exists (
  select
  from "raw ""x"""."readings"
  where ("device_id", "queried_at") in (($1::text, $2::timestamptz), ($3::text, $4::timestamptz))
) as found
