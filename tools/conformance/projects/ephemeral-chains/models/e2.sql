{{ config(materialized='ephemeral') }}
with inner_cte as (select x + 1 as x from {{ ref('e1') }})
select * from inner_cte
