{{ config(materialized='table') }}
select x, x % 3 as m from generate_series(1, 9) as x
