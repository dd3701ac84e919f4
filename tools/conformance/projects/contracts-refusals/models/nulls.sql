{{ config(materialized='table') }}
select null::int as a, 1 as b
