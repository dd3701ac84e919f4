{{ config(materialized='table', alias='Other Name', schema='Some Schema') }}
select 1 as a
