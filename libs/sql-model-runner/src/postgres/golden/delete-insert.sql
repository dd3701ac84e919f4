delete from "shop"."marts"."daily" as DBT_INTERNAL_DEST
where (device_id, queried_at::date) in (
    select distinct device_id, queried_at::date
    from "daily__dbt_new" as DBT_INTERNAL_SOURCE
)
    and DBT_INTERNAL_DEST.queried_at > now() - interval $$7 days$$;
insert into "shop"."marts"."daily" ("device_id", "queried_at", "Value")
(
    select "device_id", "queried_at", "Value"
    from "daily__dbt_new"
)
