create or replace view "shop"."marts"."daily" as (
select 1 as a
)
