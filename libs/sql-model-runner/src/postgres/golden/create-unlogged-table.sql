set local work_mem = 1;
create unlogged table "shop"."marts"."daily"
as (
select 1 as a
)
