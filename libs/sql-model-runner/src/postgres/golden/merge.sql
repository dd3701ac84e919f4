merge into "shop"."marts"."daily" as DBT_INTERNAL_DEST
using "daily__dbt_new" as DBT_INTERNAL_SOURCE
on (DBT_INTERNAL_DEST.queried_at > now() - interval $$7 days$$) and (DBT_INTERNAL_SOURCE.device_id = DBT_INTERNAL_DEST.device_id)
when matched then update set "queried_at" = DBT_INTERNAL_SOURCE."queried_at", "Value" = DBT_INTERNAL_SOURCE."Value"
when not matched then insert ("device_id", "queried_at", "Value")
values (DBT_INTERNAL_SOURCE."device_id", DBT_INTERNAL_SOURCE."queried_at", DBT_INTERNAL_SOURCE."Value")
