{{ config(materialized='table') }}
select '{{ flags.FULL_REFRESH }}' as f
