{{ config(materialized='table') }}
select 1 as id, 'a'::text as name, 1.50::numeric(10, 2) as amount, date '2024-01-01' as d, true as ok
