insert into "shop"."marts"."daily" ("device_id", "queried_at", "Value")
(
    select "device_id", "queried_at", "Value"
    from "daily__dbt_new"
)
