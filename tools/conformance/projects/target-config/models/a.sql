{{ config(materialized='table' if target.name == 'prod' else 'view') }}
select '{{ target.name }}' as t, '{{ target.schema }}' as s
