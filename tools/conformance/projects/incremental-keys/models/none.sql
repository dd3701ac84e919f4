{{ config(materialized='incremental') }}
select {{ var('run', 1) }} as id, 1 as v
