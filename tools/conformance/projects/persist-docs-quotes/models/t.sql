{{ config(materialized='table') }}
select 1 as plain, 2 as "Mixed Case", 3 as "select"
