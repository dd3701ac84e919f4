{{ config(materialized='table') }}
select
  {{ leading() }} as leading,
  regexp_replace(substring(current_query() from '/\* ([^*]*) \*/;?\s*$'), 'dbt_version": "[^"]*"', '') as behind
