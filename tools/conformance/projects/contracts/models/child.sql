{{ config(materialized='incremental', unique_key='id') }} select 1 as parent_id, 2 as id
