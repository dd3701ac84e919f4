{{ config(materialized='incremental', incremental_strategy='merge', unique_key='"Id"') }}
select 1 as "Id", {{ var('run', 1) }} as "Some Value"
