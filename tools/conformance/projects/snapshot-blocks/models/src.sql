{{ config(materialized='table') }}
select 1 as id, {{ var('v', 1) }} as v
