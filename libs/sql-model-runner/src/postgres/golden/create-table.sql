create table "shop"."marts"."daily"
as (
select 1 as a -- last line
)
