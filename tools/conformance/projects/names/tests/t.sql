{{ config(store_failures=true) }} select * from {{ ref('b') }} where false
