{{ config(materialized='table') }}
select 1 as a, x as b, 'v{{ var('v', 1) }}' as v from generate_series(1, 2) as x
