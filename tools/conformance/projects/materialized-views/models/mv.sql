{{ config(materialized='materialized_view', indexes=[{'columns': ['id'], 'unique': true}]) }} select * from {{ ref('base') }}
