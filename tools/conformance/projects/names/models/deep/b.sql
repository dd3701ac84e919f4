{{ config(schema='deep', alias='bee') }} select * from {{ ref('a') }}
