{{ config(materialized='ephemeral') }}
select 1 as id, 'e' as e
