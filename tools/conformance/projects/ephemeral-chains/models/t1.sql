{{ config(materialized='table') }}
select a.x, b.x as y from {{ ref('e2') }} a join {{ ref('e1') }} b on true
