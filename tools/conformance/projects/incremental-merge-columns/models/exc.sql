{{ config(materialized='incremental', incremental_strategy='merge', unique_key=['id', 'k'], merge_exclude_columns=['w']) }}
select 1 as id, 'k' as k, {{ var('run', 1) }} as v, {{ var('run', 1) }} as w
