{{ config(materialized='table') }}
select 1 as id, '{{ var('v', 'a') }}' as v, timestamp '2024-01-01' + interval '{{ var('d', 0) }} days' as at
