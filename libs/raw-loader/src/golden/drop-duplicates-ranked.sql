with ranked as (
  select "ovis_raw_loader_ordinal", row_number() over (
    partition by "device_id", "queried_at"
    order by ((staged.payload ->> 'customerId') is not distinct from staged.customer_id) desc nulls last, ((staged.payload ->> 'lastSeenAt') collate "C") desc nulls last, (staged.customer_id collate "C") desc nulls last, (staged.shard collate "C") desc nulls last, "ovis_raw_loader_ordinal" desc
  ) as place
  from pg_temp."stage" as staged
), lost as (
  delete from pg_temp."stage" as staged
  using ranked
  where ranked.place > 1 and staged."ovis_raw_loader_ordinal" = ranked."ovis_raw_loader_ordinal"
  returning pg_catalog.width_bucket(staged."ovis_raw_loader_ordinal", $1::bigint[]) as part
)
select part, count(*)::int as rows
from lost
group by part
