{{ config(materialized='table') }} select 1 as id, 'a' as name, 1.5::numeric as price
