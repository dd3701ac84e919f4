{{ config(materialized='incremental') }}
select x.* from {{ ref('a') }} x
