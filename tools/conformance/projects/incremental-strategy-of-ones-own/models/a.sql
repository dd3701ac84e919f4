{{ config(materialized='incremental', incremental_strategy='insert_twice', unique_key='id') }}
select {{ var('run', 1) }} as id
