{{ config(materialized=var('a', 'view')) }}
select 1 as x
