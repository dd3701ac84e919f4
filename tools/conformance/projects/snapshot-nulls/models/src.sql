{{ config(materialized='table') }}
select 1 as id, {{ var('v', 'null') }}::text as v
union all select 2, 'x'
