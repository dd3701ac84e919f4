{{ config(schema='sea', materialized='table') }}
select '{{ this }}' as t, '{{ ref('b') }}' as r
