{{ config(materialized='ephemeral') }} select * from {{ ref('below_bad') }}
