{{ config(materialized=var('b', 'table')) }}
select 1 as x
