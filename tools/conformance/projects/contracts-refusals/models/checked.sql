{{ config(materialized='table') }}
select -1 as a, 1 as b
