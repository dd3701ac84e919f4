{{ config(materialized='incremental', incremental_strategy='merge', unique_key='id', merge_update_columns=['v']) }}
select 1 as id, {{ var('run', 1) }} as v, {{ var('run', 1) }} as w
