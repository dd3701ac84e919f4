{{ config(materialized='incremental', unique_key='id') }}
select x as id, {{ var('run', 1) }} as v from generate_series({{ var('run', 1) }}, 3) as x
