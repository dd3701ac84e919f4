{{ config(tags='own', materialized='table', meta={'b': 2}, post_hook="comment on table {{ this }} is 'file'") }} select 1 as id
