{{ config(materialized='table') }}
select * from {{ source('out', 't') }}
