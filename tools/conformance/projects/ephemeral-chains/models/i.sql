{{ config(materialized='incremental', unique_key='x') }}
select * from {{ ref('e2') }}
