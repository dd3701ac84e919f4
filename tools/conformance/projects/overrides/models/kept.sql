{{ config(materialized='incremental', incremental_strategy='keep_first', unique_key='id') }} select * from {{ source('raw','t') }}
