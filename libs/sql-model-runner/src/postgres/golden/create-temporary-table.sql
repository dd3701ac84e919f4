create temporary table "daily__dbt_new" on commit drop
as (
select 1 as a
)
