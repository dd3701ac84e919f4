{{ config(enabled=var('turned', false)) }}
select * from {{ ref('b') }}
