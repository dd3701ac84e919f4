{{ config(materialized='table') }}
select 1 as id, 1 as parent_id, 5::numeric(10, 2) as amount, 'x'::text as "Odd Name"
