{{ config(materialized='table') }}
select * from {{ ref('versions_more', 'dim', v=2) }}
