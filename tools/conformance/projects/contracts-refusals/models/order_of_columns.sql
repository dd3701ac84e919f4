{{ config(materialized='table') }}
select 2 as b, 1 as a
