{{ config(materialized='ephemeral') }}
with x as (select * from {{ ref('e1') }}) select id + 1 as id from x
