{{ config(materialized='swap_view') }} select * from {{ ref('log') }}
