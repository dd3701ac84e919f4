{{ config(materialized='table') }} select nosuch from {{ ref('a') }}
