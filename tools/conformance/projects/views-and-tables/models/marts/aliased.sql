{{ config(materialized='table', alias='other_name', unlogged=true) }}
select * from {{ ref('totals') }}
