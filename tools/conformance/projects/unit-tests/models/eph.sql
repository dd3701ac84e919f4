{{ config(materialized='ephemeral') }} select country, 'x'::text as label from {{ ref('orders') }}
