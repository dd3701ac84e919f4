{{ config(materialized='table') }}
select 1 as x, {{ var('v', 1) }} as y
