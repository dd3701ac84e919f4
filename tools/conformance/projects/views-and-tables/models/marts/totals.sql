{{ config(materialized='table', indexes=[{'columns': ['id'], 'unique': true}, {'columns': ['name', 'id'], 'type': 'btree'}]) }}
select id, name, count(*) as n, 1.50::numeric(10,2) as price from {{ ref('base') }} group by 1, 2
