{{ config(materialized='incremental', incremental_strategy='merge', unique_key='id', incremental_predicates=['DBT_INTERNAL_DEST.id > 1']) }}
select x as id, {{ var('run', 1) }} as v from generate_series(1, 3) as x
