{{ config(alias='bee') }}
select * from {{ ref('a') }}
