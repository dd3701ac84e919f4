{{ config(materialized='incremental') }}
select {{ var('n', 1) }} as n, '{{ flags.FULL_REFRESH }}' as f
