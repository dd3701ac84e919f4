{{ config(materialized='table') }}
select 1 as id, 'x'::varchar(20) as s, 1.5::numeric(10, 2) as n, date '2024-01-01' as "Mixed Case"
