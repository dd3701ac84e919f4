{{ config(materialized=var('d', 'incremental')) }}
select 1 as x
