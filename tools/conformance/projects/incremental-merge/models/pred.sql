{{ config(materialized='incremental', unique_key='id', incremental_strategy='merge', incremental_predicates=["DBT_INTERNAL_DEST.day > '2024-01-01'"]) }}
select id, v, day from {{ source('raw','events') }}
{% if is_incremental() %} where loaded > (select coalesce(max(run), 0) from {{ source('raw','marks') }}) {% endif %}
