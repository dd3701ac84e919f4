{{ config(materialized='table') }}
select 'x' as a
