{{ config(severity='warn', tags=['t'], store_failures=true) }}
select * from {{ ref('a') }} where n > 6
