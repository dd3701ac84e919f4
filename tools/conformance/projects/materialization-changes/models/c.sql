{{ config(materialized=var('c', 'materialized_view')) }}
select 1 as x
