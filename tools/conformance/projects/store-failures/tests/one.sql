{{ config(store_failures=true, severity='warn', schema='mine', alias='ours') }}
select * from {{ ref('a') }} where x > 5
