{{ config(tags=['t1', 't2']) }}
select * from {{ ref('b') }}
