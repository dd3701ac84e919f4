{{ config(group='g') }}
select * from {{ ref('a') }}
