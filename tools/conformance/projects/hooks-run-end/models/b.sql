{{ config(materialized='table', schema='other') }}
select 1 as x from {{ ref('a') }}
